import { describe, expect, it } from "vitest";
import { type CounterStore, Limiter } from "../../../app/http/rate-limit/limiter.ts";
import { redisCounters } from "../../../app/http/rate-limit/store.ts";
import { createMetrics } from "../../../app/platform/metrics.ts";
import { eventually } from "../../support/index.ts";
import { withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture({ migrated: false });
const { cache } = await fixture.start();
const store = redisCounters(cache);
const limiter = (name: string, freshness: number, max = 50) =>
  new Limiter({ name, max, windowSeconds: 60, freshnessMs: freshness, store, metrics: createMetrics() });
const allowed = async (decisions: ReturnType<Limiter["decide"]>[]) =>
  (await Promise.all(decisions)).filter((decision) => decision.allowed).length;

describe("A4 counting", () => {
  it("with freshness 0, three processes that are asked at once let exactly the limit pass", async () => {
    const replicas = Array.from({ length: 3 }, () => limiter("exact", 0));
    const decisions = Array.from({ length: 300 }, (_, turn) => replicas[turn % 3]?.decide("client"));
    expect(await allowed(decisions.filter((decision) => decision !== undefined))).toBe(50);
  });

  it("a busy client is counted here: only the first request in a while waits for Redis", async () => {
    const local = limiter("local", 60_000);
    expect(local.decide("client")).toBeInstanceOf(Promise);
    await local.decide("client");
    const decisions = Array.from({ length: 60 }, () => local.decide("client"));
    expect(decisions.some((decision) => decision instanceof Promise)).toBe(false);
    expect(await allowed(decisions)).toBe(48);
    await local.close();
    expect(await limiter("local", 0).decide("client")).toMatchObject({ allowed: false, remaining: 0 });
  });

  it("what is left counts down to nothing, and stays there", async () => {
    const three = limiter("three", 0, 3);
    const seen = [];
    for (let turn = 0; turn < 5; turn++) seen.push(await three.decide("client"));
    expect(seen.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
    expect(seen.map((decision) => decision.allowed)).toEqual([true, true, true, false, false]);
    for (const { resetSeconds } of seen) expect(resetSeconds).toBeGreaterThan(55);
  });

  it("a client that is forgotten by one process starts again in all, also where it was refused", async () => {
    const [here, there] = [limiter("forgotten", 0, 2), limiter("forgotten", 0, 2)];
    for (let turn = 0; turn < 3; turn++) await there.decide("client");
    expect(await there.decide("client")).toMatchObject({ allowed: false });
    await here.forget("client");
    expect(await here.decide("client")).toMatchObject({ allowed: true, remaining: 1 });
    await eventually(async () => expect(await there.decide("client")).toMatchObject({ allowed: true }));
  });

  it("without a store each process refuses by itself, also where the limit is exact", async () => {
    const away: CounterStore = {
      add: () => Promise.reject(new Error("away")),
      forget: async () => undefined,
    };
    const alone = new Limiter({ ...limiter("away", 0, 3).options, store: away });
    const decisions = [];
    for (let turn = 0; turn < 6; turn++) decisions.push(await alone.decide("client"));
    expect(decisions.map((decision) => decision.allowed)).toEqual([true, true, true, false, false, false]);
  });

  it("A8 a limit that restarts lasts a window from the request that uses it up, and no longer for those after it", async () => {
    const admin = fixture.redis.connect(fixture.redis.admin);
    const { options } = limiter("restarting", 0, 3);
    const [here, there] = [0, 1].map(() => new Limiter({ ...options, restarts: true }));
    const seen = [];
    for (let turn = 0; turn < 4; turn++) {
      // Half of the window is over before each.
      await admin.pexpire("rate:restarting:client", 30_000);
      seen.push(await (turn % 2 === 0 ? here : there)?.decide("client"));
    }
    expect(seen.map((decision) => decision?.resetSeconds)).toEqual([60, 30, 60, 30]);
  });

  it("counters in Redis end with their window", async () => {
    const admin = fixture.redis.connect(fixture.redis.admin);
    await limiter("short", 0).decide("client");
    const left = await admin.pttl("rate:short:client");
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
  });
});
