import { Histogram, Registry } from "prom-client";
import { expect, it } from "vitest";
import { LatencyHistogram } from "../../../app/platform/latency-histogram.ts";

it("A17 durations are counted, and shown, as prom-client does it", async () => {
  const [own, theirs] = [new Registry(), new Registry()];
  const common = { name: "wait_seconds", help: "Time waited", labelNames: ["place"] as const };
  const counted = new LatencyHistogram({ ...common, registers: [own] });
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
  const observed = new Histogram({ ...common, buckets, registers: [theirs] });
  for (const place of ["here", 'a "quoted" place']) {
    for (const seconds of [0, 0.001, 0.0011, 0.3, 29, 30, 31, 1_000]) {
      counted.count(place, seconds, () => ({ place }));
      observed.observe({ place }, seconds);
    }
  }
  expect(await own.metrics()).toBe(await theirs.metrics());
});
