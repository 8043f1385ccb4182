import { describe, expect, it } from "vitest";
import { checkRules, nextRotation } from "../../../../scripts/local/aws-standin/secrets-manager/schedule.ts";

/** Wednesday. */
const now = Date.parse("2026-04-15T10:30:00Z");
const next = (rules: Parameters<typeof nextRotation>[0]) =>
  new Date(nextRotation(rules, Date.parse("2026-04-10T08:00:00Z"), now)).toISOString().slice(0, 19);

describe("S7 stand-in for Secrets Manager: when the next rotation is due", () => {
  it.each([
    [{ AutomaticallyAfterDays: 90 }, "2026-07-09T23:59:59"],
    [{ ScheduleExpression: "rate(10 days)" }, "2026-04-20T23:59:59"],
    [{ ScheduleExpression: "rate(12 hours)" }, "2026-04-10T21:00:00"],
    [{ ScheduleExpression: "cron(0 3 1 * ? *)", Duration: "2h" }, "2026-05-01T05:00:00"],
    [{ ScheduleExpression: "cron(0 16 ? * 3#2 *)", Duration: "1h" }, "2026-05-12T17:00:00"],
    [{ ScheduleExpression: "cron(0 8 L * ? *)", Duration: "1h" }, "2026-04-30T09:00:00"],
    [{ ScheduleExpression: "cron(0 0 ? * 6L *)", Duration: "1h" }, "2026-04-24T01:00:00"],
    [{ ScheduleExpression: "cron(0 9 ? * MON-FRI *)", Duration: "1h" }, "2026-04-16T10:00:00"],
    [{ ScheduleExpression: "cron(0 4 5 1/3 ? *)", Duration: "1h" }, "2026-07-05T05:00:00"],
    [{ ScheduleExpression: "cron(0 0/4 * * ? *)" }, "2026-04-15T13:00:00"],
    [{ ScheduleExpression: "cron(0 2 29 FEB ? *)" }, "2028-02-29T23:59:59"],
  ])("%o → %s", (rules, expected) => {
    expect(next(rules)).toBe(expected);
  });

  it.each([
    [{}, "AutomaticallyAfterDays or ScheduleExpression"],
    [{ ScheduleExpression: "rate(1 hours)" }, "minimum rotation interval is 4 hours"],
    [{ ScheduleExpression: "every day" }, "Invalid ScheduleExpression"],
    [{ ScheduleExpression: "cron(0 3 1 * * *)" }, "Invalid ScheduleExpression"],
    [{ ScheduleExpression: "cron(0 25 * * ? *)" }, "Invalid ScheduleExpression"],
    [{ ScheduleExpression: "cron(0 3 31 2 ? *)" }, "never comes due"],
    [{ AutomaticallyAfterDays: 30, Duration: "30h" }, "between 1h and 24h"],
  ])("refuses %o", (rules, reason) => {
    expect(() => checkRules(rules)).toThrow(reason);
  });
});
