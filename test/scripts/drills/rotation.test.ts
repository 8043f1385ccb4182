import { describe, expect, it } from "vitest";
import type { Sample } from "../../../scripts/drills/load/generator.ts";
import type { DrillResult } from "../../../scripts/drills/rotation/drill.ts";
import { failuresOf, phasesOf, spreadOf } from "../../../scripts/drills/rotation/phases.ts";
import { passed, report } from "../../../scripts/drills/rotation/report.ts";

/** A request that was due then, took so long, and was sent a millisecond late. */
const sample = (due: number, took: number, failure?: string): Sample => ({
  due,
  sent: due + 1,
  ended: due + took,
  failure,
});
const rotation = { from: 1_000, to: 2_000 };

describe("R7 the drill's arithmetic", () => {
  it("a request belongs to the rotations when it was under way at any moment of them", () => {
    const samples = [
      sample(100, 5), // warm-up
      sample(500, 10),
      sample(900, 99), // ended just before
      sample(950, 51), // reaches into it
      sample(1_500, 20),
      sample(1_999, 900), // reaches out of it
      sample(2_001, 30),
    ];
    const { before, during, after, all } = phasesOf(samples, 200, rotation);
    expect([before.requests, during.requests, after.requests, all.requests]).toEqual([2, 3, 1, 7]);
    expect(before).toMatchObject({ p50: 10, p99: 99, slowest: 99 });
    expect(during).toMatchObject({ p50: 51, p99: 900 });
  });

  it("times count from when a request was due: a generator that is held up makes them longer, not shorter", () => {
    const heldUp: Sample = { due: 1_200, sent: 1_700, ended: 1_705 };
    expect(phasesOf([heldUp], 0, rotation).during).toMatchObject({ slowest: 505, late: 500 });
  });

  it("p99 is the time that 99 of 100 did not exceed; a failure counts wherever it falls, also in the warm-up", () => {
    const samples = Array.from({ length: 100 }, (_, index) => sample(1_000 + index, index + 1));
    expect(phasesOf(samples, 0, rotation).during).toMatchObject({ p50: 50, p99: 99, slowest: 100 });
    const early = [sample(0, 5, "GET booking: status 502"), sample(1_100, 5, "GET booking: status 502")];
    const phases = phasesOf(early, 200, rotation);
    expect([phases.before.failures, phases.during.failures, phases.all.failures]).toEqual([0, 1, 2]);
    expect([...failuresOf(early)]).toEqual([["GET booking: status 502", 2]]);
  });

  it("the spread of rotation times holds times that were measured", () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ count: 4, min: 1, median: 2, max: 4 });
    expect(spreadOf([])).toMatchObject({ count: 0, min: Number.NaN });
  });
});

describe("R7 the drill's verdict", () => {
  const good: DrillResult = {
    samples: [sample(500, 10), sample(1_500, 20)],
    warm: 0,
    rotation,
    rotated: (["jwt", "jwt", "db-app"] as const).map((purpose) => ({ purpose, seconds: 1 })),
    keys: { before: ["a"], after: ["a", "b", "c"] },
    sessions: { signIns: 12, refreshes: 30, signedOut: 0 },
    machine: { load: 0.5, processors: 2 },
    busy: { before: 0.7, during: 0.985, after: 0.71 },
  };

  it.each<[string, Partial<DrillResult>]>([
    ["a request failed", { samples: [sample(100, 5, "GET booking: ECONNRESET")] }],
    ["a rotation failed", { rotated: [{ purpose: "cache", seconds: 1, failure: "setSecret failed" }] }],
    ["the API does not use what was rotated", { keys: { before: ["a"], after: ["a", "b"] } }],
    ["nothing was asked", { samples: [] }],
    ["somebody was signed out", { sessions: { signIns: 12, refreshes: 30, signedOut: 1 } }],
    ["nobody refreshed a session", { sessions: { signIns: 12, refreshes: 0, signedOut: 0 } }],
  ])("is no when %s", (_what, change) => {
    expect(passed(good)).toBe(true);
    expect(passed({ ...good, ...change })).toBe(false);
  });

  it("is told in tables, with each kind of failure and each way of rotating", () => {
    const text = report({ ...good, samples: [...good.samples, sample(1_600, 5, "GET booking: status 502")] });
    expect(text).toMatch(/^during +2 +1 +5\.0 +20\.0 +20\.0 +1\.0 +99$/m);
    expect(text).toContain("1× GET booking: status 502");
    expect(text).toMatch(/p99 during \/ before +2\.00/);
    expect(text).toMatch(/^set of token keys +2 +0 +1\.0 +1\.0 +1\.0$/m);
    expect(text).toContain("2 processors, 0.5 processes wanted them");
    expect(text).toContain("2 published by the API (1 → 3)");
    expect(text).toContain("12 sign-ins, 30 refreshes, 0 signed out");
    expect(text).toMatch(/^after +0 +0 +- +- +- +- +71$/m);
    expect(text).not.toContain("NaN");
  });
});
