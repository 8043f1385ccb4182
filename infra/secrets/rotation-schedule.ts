import { type Awake, awakeHourUtc, daysOf, weekdays as namesOfDays } from "../schedule/awake.ts";

/** A cron line of Secrets Manager: `cron(minute hour day-of-month month day-of-week year)`, UTC. */
export type Schedule = `cron(${string})`;

const weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;

/** How many secrets can be rotated without two of them ever on the same day (or, where every day is due, in the same hours). */
export const scheduleSlots = weekdays.length;

/** Rotations happen in office hours on both sides of the Atlantic: somebody is awake if one goes wrong. */
const hour = 13;

/** Length of the window in which Secrets Manager starts the rotation. */
export const rotationWindow = "1h";

/**
 * When the secret of `slot` (0 to 6) is rotated so that never more than `everyDays` pass between two rotations.
 * A cron line cannot count days, so the next shorter calendar rhythm is taken: every n months from 31 days on (90 days:
 * every second month), every week from 7, else every day. Each slot has its own day (daily: its own hours), so that two
 * secrets never rotate at once.
 *
 * An environment that sleeps rotates while it is awake, for which its days are counted by the week of the month.
 *
 * cron and not rate(): a rate counts from whenever the schedule was last changed, and changing it may rotate at once.
 */
export function rotationSchedule(everyDays: number, slot: number, awake?: Awake): Schedule {
  const weekday = weekdays[slot];
  if (weekday === undefined) throw new RangeError(`slot ${slot}: must be 0 to ${scheduleSlots - 1}`);
  if (awake !== undefined) return rotationOnAwakeDay(everyDays, slot, awake);
  if (everyDays >= 31)
    return `cron(0 ${hour} ${slot * 2 + 2} ${monthsEvery(Math.floor(everyDays / 31))} ? *)`;
  if (everyDays >= 7) return `cron(0 ${hour} ? * ${weekday} *)`;
  return `cron(0 ${slot * 3} * * ? *)`;
}

/** The first Monday of every second month, and so on: a slot for each awake day of the first week, then of the second. */
function rotationOnAwakeDay(everyDays: number, slot: number, awake: Awake): Schedule {
  const days = daysOf(awake);
  const day = days[slot % days.length] ?? "mon";
  const week = 1 + Math.floor(slot / days.length);
  // From one first Monday to the next may be six days more than between the firsts of their months.
  const months = Math.floor((everyDays - 6) / 31);
  // Sunday is 1.
  const number = ((namesOfDays.indexOf(day) + 1) % 7) + 1;
  return `cron(0 ${awakeHourUtc(awake, hour) ?? hour} ? ${monthsEvery(months)} ${number}#${week} *)`;
}

/** Months of a year, n apart, from January: 2 → 1,3,5,7,9,11. The last gap of the year may be shorter. */
function monthsEvery(months: number): string {
  const count = Math.ceil(12 / Math.min(months, 12));
  return Array.from({ length: count }, (_, index) => 1 + index * months).join(",");
}
