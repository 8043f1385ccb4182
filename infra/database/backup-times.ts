import { cronMonthly, cronOnDays, daysOf, minutesOf, type OnHours } from "../lib/week.ts";

const always = {
  continuous: "cron(0 0 * * ? *)",
  daily: "cron(0 2 * * ? *)",
  monthly: "cron(0 10 1 * ? *)",
};

/**
 * When AWS Backup sets out, by tier: of a database that is stopped at night, in its day, three hours after its start and on.
 * A job that finds it stopped would fail, and page somebody.
 */
export function backupTimes(onHours: OnHours | undefined): typeof always {
  if (onHours === undefined) return always;
  const start = minutesOf(onHours.from);
  return {
    continuous: cronOnDays(onHours, start + 3 * 60),
    daily: cronOnDays(onHours, start + 4 * 60),
    monthly: cronMonthly(daysOf(onHours).at(-1) ?? "fri", start + 5 * 60),
  };
}
