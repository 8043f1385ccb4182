import { type Awake, cronMonthly, cronOnDays, daysOf, minutesOf } from "../lib/week.ts";

const always = {
  continuous: "cron(0 0 * * ? *)",
  daily: "cron(0 2 * * ? *)",
  monthly: "cron(0 10 1 * ? *)",
};

/**
 * When AWS Backup sets out, by tier: of a database that is stopped at night, in its day, three hours after its start and on.
 * A job that finds it stopped would fail, and page somebody.
 */
export function backupTimes(awake: Awake | undefined): typeof always {
  if (awake === undefined) return always;
  const start = minutesOf(awake.from);
  return {
    continuous: cronOnDays(awake, start + 3 * 60),
    daily: cronOnDays(awake, start + 4 * 60),
    monthly: cronMonthly(daysOf(awake).at(-1) ?? "fri", start + 5 * 60),
  };
}
