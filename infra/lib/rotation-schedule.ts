import { rotatedPurposes } from "../../app/contract/secrets.ts";
import { cacheWindows } from "./cache-windows.ts";
import { clockOf, daysOf, isOnAtHourUtc, weekdays as namesOfDays, type OnHours } from "./week.ts";
import { dailyWindowsOverlap, windowsOverlap } from "./windows.ts";

/** A cron line of Secrets Manager: `cron(minute hour day-of-month month day-of-week year)`, UTC. */
export type Schedule = `cron(${string})`;

const weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;

/** Each secret that rotates has a slot: days and hours that no other has. */
export const scheduleSlots = rotatedPurposes.length;

/** Hours of UTC, the better ones first: at 13:00 it is day on both sides of the Atlantic, and somebody is at work if one goes wrong. */
const hours = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** What decides when rotations may start. */
export interface Surroundings {
  /** RDS's windows, UTC: a rotation that meets a restart fails. Daily, `hh:mm-hh:mm`. */
  backupWindow: string;
  /** Weekly, `ddd:hh:mm-ddd:hh:mm`. */
  maintenanceWindow: string;
  /** When the database can be reached. Default: always. */
  onHours?: OnHours | undefined;
}

/** The hours of UTC in which rotations start: outside the windows of database and cache on every day, the best one first. */
export const rotationHours = ({ backupWindow, maintenanceWindow, onHours }: Surroundings): number[] =>
  hours.filter((hour) => {
    const own = `${clockOf(hour * 60)}-${clockOf(hour * 60 + 60)}`;
    return (
      (onHours === undefined || isOnAtHourUtc(onHours, hour)) &&
      ![backupWindow, cacheWindows.snapshot].some((window) => dailyWindowsOverlap(own, window)) &&
      ![maintenanceWindow, cacheWindows.maintenance].some((window) => windowsOverlap(own, window))
    );
  });

/** How many dates a rhythm offers: every second day of a month, the days of a week, or where every day is due one for all. */
function datesOf(everyDays: number, onHours: OnHours | undefined): number {
  // Four weeks: not every month has a fifth Monday.
  if (onHours !== undefined) return 4 * daysOf(onHours).length;
  if (everyDays >= 31) return 14;
  return everyDays >= 7 ? weekdays.length : 1;
}

/** Whether every secret finds its dates and hours. */
export const rotationsFit = (everyDays: number, surroundings: Surroundings): boolean =>
  datesOf(everyDays, surroundings.onHours) * apart(rotationHours(surroundings)).length >= scheduleSlots;

/** Those of the hours that lie two apart at least. */
function apart(free: readonly number[]): number[] {
  const taken: number[] = [];
  for (const hour of free) {
    if (taken.every((other) => ![0, 1, 23].includes((hour - other + 24) % 24))) taken.push(hour);
  }
  return taken;
}

/** Length of the window in which Secrets Manager starts the rotation. */
export const rotationWindow = "1h";

/**
 * When the secret of `slot` (from 0) is rotated so that never more than `everyDays` pass between two rotations.
 * A cron line cannot count days, so the next shorter calendar rhythm is taken: every n months from 31 days on (90 days:
 * every second month), every week from 7, else every day. Each slot has its own date, and when all dates are taken further
 * hours of them, so that two secrets never rotate at once.
 *
 * An environment with off hours rotates in its on hours, so its days are counted by the week of the month.
 *
 * cron and not rate(): a rate counts from whenever the schedule was last changed, and changing it may rotate at once.
 * @throws RangeError when no hours are left, which the configuration's check finds first.
 */
export function rotationSchedule(everyDays: number, slot: number, surroundings: Surroundings): Schedule {
  const { onHours } = surroundings;
  const dates = datesOf(everyDays, onHours);
  const date = slot % dates;
  const hour = apart(rotationHours(surroundings))[Math.floor(slot / dates)];
  if (hour === undefined) throw new RangeError(`slot ${slot}: there are no hours left for it`);
  if (onHours !== undefined) return rotationOnDay(everyDays, date, onHours, hour);
  if (everyDays >= 31)
    return `cron(0 ${hour} ${date * 2 + 2} ${monthsEvery(Math.floor(everyDays / 31))} ? *)`;
  if (everyDays >= 7) return `cron(0 ${hour} ? * ${weekdays[date]} *)`;
  return `cron(0 ${hour} * * ? *)`;
}

/** The first Monday of every second month, and so on: a date for each on day of the first week, then of the second. */
function rotationOnDay(everyDays: number, date: number, onHours: OnHours, hour: number): Schedule {
  const days = daysOf(onHours);
  const day = days[date % days.length] ?? "mon";
  const week = 1 + Math.floor(date / days.length);
  // From one first Monday to the next may be six days more than between the firsts of their months.
  const months = Math.floor((everyDays - 6) / 31);
  // Sunday is 1.
  const number = ((namesOfDays.indexOf(day) + 1) % 7) + 1;
  return `cron(0 ${hour} ? ${monthsEvery(months)} ${number}#${week} *)`;
}

/** Months of a year, n apart, from January: 2 → 1,3,5,7,9,11. The last gap of the year may be shorter. */
function monthsEvery(months: number): string {
  const count = Math.ceil(12 / Math.min(months, 12));
  return Array.from({ length: count }, (_, index) => 1 + index * months).join(",");
}

/** When the rotation functions check that current values work: up to four times a day, in hours in which they could rotate. */
export function checkSchedule(surroundings: Surroundings): Schedule {
  const free = rotationHours(surroundings).sort((a, b) => a - b);
  const apart = Math.ceil(free.length / 4);
  const chosen = free.filter((_, index) => index % apart === 0).join(",");
  const { onHours } = surroundings;
  const days = onHours === undefined ? "*" : daysOf(onHours).join(",").toUpperCase();
  return `cron(0 ${chosen} ? * ${days} *)`;
}
