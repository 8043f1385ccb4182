/** Days as the configuration names them; the order is that of the week. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof weekdays)[number];

/** The on hours of an environment: on these days, from one time of day to a later one, where its people live. */
export interface OnHours {
  days: readonly Weekday[];
  /** hh:mm */
  from: string;
  /** hh:mm, later on the same day. */
  to: string;
  /** IANA name: summer time is theirs. */
  timezone: string;
}

const minutesPerDay = 24 * 60;
const minutesPerWeek = 7 * minutesPerDay;

/** `07:30` → 450. */
export function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

/** 450 → `07:30`; beyond a day's ends it starts anew. */
export function clockOf(minutes: number): string {
  const inDay = ((minutes % minutesPerDay) + minutesPerDay) % minutesPerDay;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(inDay / 60))}:${two(inDay % 60)}`;
}

/** Minutes that are on in an on day. */
export const spanOf = ({ from, to }: OnHours): number => minutesOf(to) - minutesOf(from);

/** Hours of a week in which the environment is on. */
export const onHoursPerWeek = (onHours: OnHours): number =>
  (new Set(onHours.days).size * spanOf(onHours)) / 60;

/** Each on day once, in the order of the week. */
export const daysOf = ({ days }: OnHours): Weekday[] => weekdays.filter((day) => days.includes(day));

/** A cron line of EventBridge Scheduler or AWS Backup, in the zone of the environment: on every on day at that minute. */
export const cronOnDays = (onHours: OnHours, minutes: number): string =>
  `cron(${minutes % 60} ${Math.floor(minutes / 60)} ? * ${daysOf(onHours).join(",").toUpperCase()} *)`;

/** The same on the first such weekday of a month. Sunday is 1. */
export const cronMonthly = (day: Weekday, minutes: number): string =>
  `cron(${minutes % 60} ${Math.floor(minutes / 60)} ? * ${((weekdays.indexOf(day) + 1) % 7) + 1}#1 *)`;

/** Off hours: from the evening of `days` on, for `minutes`. */
export interface OffHours {
  days: Weekday[];
  minutes: number;
}

/** The off hours of a week, those of one length together: before a day off they are longer. */
export function offHoursOf(onHours: OnHours): OffHours[] {
  const nights = new Map<number, Weekday[]>();
  for (const day of daysOf(onHours)) {
    const index = weekdays.indexOf(day);
    const next = weekdays.findIndex((_, ahead) =>
      onHours.days.includes(weekdays[(index + ahead + 1) % 7] ?? day),
    );
    const minutes = (next + 1) * minutesPerDay - spanOf(onHours);
    nights.set(minutes, [...(nights.get(minutes) ?? []), day]);
  }
  return [...nights].map(([minutes, days]) => ({ days, minutes }));
}

/** 3,570 → `P2DT11H30M`. */
export function durationOf(minutes: number): string {
  const days = Math.floor(minutes / minutesPerDay);
  const hours = Math.floor((minutes % minutesPerDay) / 60);
  const rest = minutes % 60;
  return `P${days > 0 ? `${days}D` : ""}T${hours}H${rest}M`;
}

const offsets = new Map<string, number[]>();

/** Minutes that the zone is ahead of UTC, in winter and in summer. A plan asks a hundred times, and a date format is slow. */
function offsetsOf(timezone: string): number[] {
  const found = offsets.get(timezone) ?? offsetsByFormat(timezone);
  offsets.set(timezone, found);
  return found;
}

function offsetsByFormat(timezone: string): number[] {
  const format = new Intl.DateTimeFormat("en", { timeZone: timezone, timeZoneName: "longOffset" });
  return ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"].map((time) => {
    const name = format.formatToParts(new Date(time)).find(({ type }) => type === "timeZoneName")?.value;
    const [, sign = "+", clock = "00:00"] = /^GMT([+-])(\d\d:\d\d)$/.exec(name ?? "") ?? [];
    return sign === "-" ? -minutesOf(clock) : minutesOf(clock);
  });
}

const modulo = (value: number, period: number): number => ((value % period) + period) % period;

/** Whether a window of every day, minutes of the UTC day, lies in the on hours of every on day, in summer and winter. */
export const isOnDaily = (onHours: OnHours, start: number, length: number): boolean =>
  offsetsOf(onHours.timezone).every(
    (offset) => modulo(start - (minutesOf(onHours.from) - offset), minutesPerDay) + length <= spanOf(onHours),
  );

/** Whether a window of the week, minutes from Monday 00:00 UTC, lies in one on day, in summer and winter. */
export const isOnWeekly = (onHours: OnHours, start: number, length: number): boolean =>
  offsetsOf(onHours.timezone).every((offset) =>
    daysOf(onHours).some((day) => {
      const from = weekdays.indexOf(day) * minutesPerDay + minutesOf(onHours.from) - offset;
      return modulo(start - from, minutesPerWeek) + length <= spanOf(onHours);
    }),
  );

/** Whether the environment is on in an hour of UTC, on the same day as where it lives, in summer and winter. */
export const isOnAtHourUtc = ({ from, to, timezone }: OnHours, hour: number): boolean =>
  offsetsOf(timezone).every((offset) => {
    const local = hour * 60 + offset;
    return minutesOf(from) <= local && local + 60 <= minutesOf(to);
  });

/** The UTC day and minute that are `minutes` after the first on day's start: in winter; in summer it is later by the clock. */
export function utcAfterStart(onHours: OnHours, minutes: number): { day: Weekday; minute: number } {
  const [day = "mon"] = daysOf(onHours);
  const from =
    weekdays.indexOf(day) * minutesPerDay +
    minutesOf(onHours.from) -
    Math.min(...offsetsOf(onHours.timezone));
  const moment = modulo(from + minutes, minutesPerWeek);
  return { day: weekdays[Math.floor(moment / minutesPerDay)] ?? day, minute: moment % minutesPerDay };
}
