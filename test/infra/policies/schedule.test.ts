import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestGapDays } from "../../../infra/policies/schedule.ts";

describe("S12 longest time between two rotations", () => {
  it.each([
    ["rate(1 day)", 1],
    ["rate(12 hours)", 0.5],
    ["cron(0 2 * * ? *)", 4],
    ["cron(0 2 1 * ? *)", 31],
    ["cron(0 2 1 1 ? *)", 365],
    ["cron(0 2 15 1,4,7,10 ? *)", 92],
    ["cron(0 2 1 1/2 ? *)", 62],
    ["cron(0 2 1 1-3 ? *)", 306],
    ["cron(0 2 ? * 2#1 *)", 35],
    ["cron(0 2 ? 1,3,5,7,9,11 6#2 *)", 63],
    ["cron(0 2 ? 1 1#4 *)", 371],
  ])("%s: %d days", (schedule, days) => {
    expect(longestGapDays(schedule)).toBe(days);
  });

  it.each([
    "",
    "cron(0 2 ? * MON *)",
    "cron(0 2 ? * 2#5 *)",
    "cron(0 2 L * ? *)",
    "cron(0 2 1 1 ? 2027)",
    "every day",
  ])("does not pretend to understand %j", (schedule) => {
    expect(longestGapDays(schedule)).toBeUndefined();
  });

  it("is never shorter than a month's share of the year, whatever the months", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (months) => {
        const gap = longestGapDays(`cron(0 2 1 ${months.join(",")} ? *)`);
        expect(gap).toBeGreaterThanOrEqual(365 / months.length);
        expect(gap).toBeLessThanOrEqual(365);
      }),
    );
  });
});
