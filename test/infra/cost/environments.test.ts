import { beforeAll, describe, expect, it } from "vitest";
import { difference, type Estimate, estimate } from "../../../infra/cost/index.ts";
import { stacksIn } from "../../../scripts/plan/monitor/index.ts";
import { planning, planOf } from "../support/plan.ts";

const environments = stacksIn(new URL("../../..", import.meta.url).pathname);
const estimated = async (stack: string, config: Record<string, unknown> = {}) =>
  estimate((await planOf(stack, config)).run.resources);

describe.each(environments)("S13 the cost of %s", (stack) => {
  let cost: Estimate;
  beforeAll(async () => {
    cost = await estimated(stack);
  }, planning);

  it("knows a price, or why there is none, for everything that the environment is made of", () => {
    expect(cost.unknownTypes).toEqual([]);
    expect(cost.unpriced).toEqual([]);
  });

  it("is told for every component that costs anything, with the assumptions it rests on", () => {
    expect(cost.components.map(({ component }) => component)).toEqual(
      expect.arrayContaining([
        "cluster",
        "database",
        "cache",
        "network",
        "edge",
        "workload",
        "secrets",
        "observability",
      ]),
    );
    expect(cost.components.map(({ component }) => component)).not.toContain("other");
    expect(cost.assumptions.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["requestsPerReplica", "natGb"]),
    );
  });
});

describe("S13 what staging may cost", () => {
  let cost: Estimate;
  beforeAll(async () => {
    cost = await estimated("staging");
  }, planning);

  it("S13 is under 230 USD a month, with everything that it must have", () => {
    expect(cost.totalUsd).toBeLessThan(230);
    // What is not surely known may take it above: docs/cost.md says by what.
    expect(cost.lowUsd).toBeLessThan(cost.totalUsd);
    expect(cost.highUsd).toBeLessThan(255);
  });

  it("S13 S14 counts nodes and database by the hours in which the schedule lets them run, and says so", () => {
    const lines = cost.components.flatMap(({ lines }) => lines);
    const hoursOf = (what: RegExp) => lines.find((line) => what.test(line.what))?.quantity;
    expect(hoursOf(/^nodes \(1 × t3a\.medium, 65 of 168 hours a week\)$/)).toBeCloseTo((730 * 65) / 168, 3);
    expect(hoursOf(/^instance, 67\.5 of 168 hours a week$/)).toBeCloseTo((730 * 67.5) / 168, 3);
    // What stays by night is counted by night.
    for (const what of [/^control plane$/, /^gateway$/, /^load balancer$/]) expect(hoursOf(what)).toBe(730);
  });

  it("S13 S14 saves by sleeping what nodes and database would cost by night", async () => {
    const change = difference(await estimated("staging", { "bulwark:schedule": undefined }), cost);
    expect(change.differenceUsd).toBeCloseTo(-50.03, 0);
    const grew = change.lines.filter(({ differenceUsd }) => differenceUsd > 0.5);
    expect(grew.map(({ name }) => name.replace(/,? ?\d[\d.]* of.*/, ""))).toEqual([
      "bulwark-staging-database: instance",
      "bulwark-staging-cluster: nodes (1 × t3a.medium",
    ]);
  });
});

describe("S13 the difference that a change of configuration makes", () => {
  it("one NAT gateway instead of three saves two, in the network and in the alarm that reads them", async () => {
    const zone = { "bulwark:network.zones[2]": "use1-az4" };
    const before = await estimated("staging", { ...zone, "bulwark:network.natGateways": 3 });
    const after = await estimated("staging", zone);
    const change = difference(before, after);
    expect(change.components.map(({ name }) => name)).toEqual(["network", "observability"]);
    expect(change.differenceUsd).toBeCloseTo(-2 * (32.85 + 3.65 + 0.45 + 0.1), 6);
  });

  it("a replica more costs a node on the built-in pools, and no more than a node", async () => {
    const change = difference(
      await estimated("production"),
      await estimated("production", { "workload.replicas": 4 }),
    );
    expect(change.lines.find(({ name }) => name.includes("Auto Mode"))?.differenceUsd).toBeCloseTo(6.7, 1);
    expect(change.differenceUsd).toBeLessThan(90);
  });

  it("measurements of pods cost by the node, logs alone nothing of it", async () => {
    const change = difference(
      await estimated("staging"),
      await estimated("staging", { "cluster.containerInsights": true }),
    );
    expect(change.lines.map(({ name }) => name)).toEqual([expect.stringContaining("Container Insights")]);
    expect(change.differenceUsd).toBe(6.3);
  });
});
