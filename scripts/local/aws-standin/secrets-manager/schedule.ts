import { AwsError } from "../errors.ts";
import type { RotationRules } from "./records.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** How far ahead a cron expression is looked for: past every leap-day rule. */
const horizonDays = 366 * 8;
const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * Refuses rules that Secrets Manager refuses: both kinds of schedule, windows that reach into the next day, expressions it
 * does not know. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export const checkRules = (rules: RotationRules): void => {
  if (rules.AutomaticallyAfterDays && rules.ScheduleExpression) {
    throw invalid("You can specify AutomaticallyAfterDays or ScheduleExpression, but not both.");
  }
  if (!rules.AutomaticallyAfterDays && !rules.ScheduleExpression) {
    throw invalid("You must specify AutomaticallyAfterDays or ScheduleExpression in RotationRules.");
  }
  if (
    rules.Duration &&
    (Number.parseInt(rules.Duration, 10) < 1 || Number.parseInt(rules.Duration, 10) > 24)
  ) {
    throw invalid("Duration must be between 1h and 24h.");
  }
  if (rules.ScheduleExpression) nextRotation(rules, Date.now(), Date.now());
};

/**
 * The moment by which the next rotation happens: the end of the next window.
 * @param last when the value last changed (ms); @param now the present (ms)
 */
export const nextRotation = (rules: RotationRules, last: number, now: number): number => {
  if (rules.AutomaticallyAfterDays) return endOfDay(last + rules.AutomaticallyAfterDays * dayMs);
  const expression = rules.ScheduleExpression ?? "";
  const rate = /^rate\((\d+) (hour|hours|day|days)\)$/.exec(expression);
  if (rate) return nextByRate(Number(rate[1]), rate[2]?.startsWith("hour") ?? false, rules, last);
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 6) throw invalid(`Invalid ScheduleExpression: ${expression}`);
  return nextByCron(fields, rules, now, expression);
};

const nextByRate = (count: number, inHours: boolean, rules: RotationRules, last: number): number => {
  if (inHours && count < 4) throw invalid("The minimum rotation interval is 4 hours.");
  if (count < 1) throw invalid("The rate must be at least 1.");
  if (!inHours) return windowEnd(startOfDay(last) + count * dayMs, rules, false);
  return windowEnd(last + count * hourMs, rules, true);
};

const nextByCron = (fields: string[], rules: RotationRules, now: number, expression: string): number => {
  const [minutes = "", hourField = "", dayField = "", monthField = "", weekdayField = "", year = ""] = fields;
  if (minutes !== "0" || year !== "*" || (dayField === "?") === (weekdayField === "?")) {
    throw invalid(`Invalid ScheduleExpression: ${expression}`);
  }
  const hours = valuesOf(hourField, 0, 23, [], expression);
  const inMonths = valuesOf(monthField, 1, 12, months, expression);
  const onDay = dayField === "?" ? weekdayTest(weekdayField, expression) : monthDayTest(dayField, expression);
  for (let day = startOfDay(now); day < now + horizonDays * dayMs; day += dayMs) {
    const date = new Date(day);
    if (!inMonths.has(date.getUTCMonth() + 1) || !onDay(date)) continue;
    const hour = [...hours].sort((a, b) => a - b).find((candidate) => day + candidate * hourMs > now);
    if (hour !== undefined) return windowEnd(day + hour * hourMs, rules, hours.size > 1);
  }
  throw invalid(`ScheduleExpression ${expression} never comes due.`);
};

/** Without a duration the window lasts an hour for schedules in hours, the rest of the UTC day for schedules in days. */
const windowEnd = (start: number, rules: RotationRules, inHours: boolean): number => {
  if (rules.Duration) return start + Number.parseInt(rules.Duration, 10) * hourMs;
  return inHours ? start + hourMs : endOfDay(start);
};

const monthDayTest = (field: string, expression: string): ((date: Date) => boolean) => {
  if (field === "L") return (date) => new Date(date.getTime() + dayMs).getUTCDate() === 1;
  const days = valuesOf(field, 1, 31, [], expression);
  return (date) => days.has(date.getUTCDate());
};

/** 1 is Sunday; `3#2` the second Tuesday, `6L` the last Friday. */
const weekdayTest = (field: string, expression: string): ((date: Date) => boolean) => {
  const nth = /^([A-Z]+|[1-7])#([1-5])$/.exec(field);
  if (nth) {
    const [day] = valuesOf(nth[1] ?? "", 1, 7, weekdays, expression);
    return (date) => date.getUTCDay() + 1 === day && Math.ceil(date.getUTCDate() / 7) === Number(nth[2]);
  }
  const last = /^([1-7])L$/.exec(field);
  if (last) {
    const inLastWeek = (date: Date) => new Date(date.getTime() + 7 * dayMs).getUTCDate() <= 7;
    return (date) => date.getUTCDay() + 1 === Number(last[1]) && inLastWeek(date);
  }
  const days = valuesOf(field, 1, 7, weekdays, expression);
  return (date) => days.has(date.getUTCDay() + 1);
};

/** The numbers of one cron field: `*`, `3`, `MON`, `1-5`, `1,15`, `1/3`, and mixtures. */
const valuesOf = (
  field: string,
  low: number,
  high: number,
  names: readonly string[],
  expression: string,
): Set<number> => {
  const number = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const value = named >= 0 ? named + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw invalid(`Invalid ScheduleExpression: ${expression}`);
    return value;
  };
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step] = part.split("/");
    const [from = "", to] = range === "*" ? [String(low), String(high)] : range.split("-");
    const start = number(from);
    const end = to !== undefined ? number(to) : step ? high : start;
    const stride = step ? Number(step) : 1;
    if (!(stride >= 1) || end < start) throw invalid(`Invalid ScheduleExpression: ${expression}`);
    for (let value = start; value <= end; value += stride) values.add(value);
  }
  return values;
};

const startOfDay = (time: number): number => Math.floor(time / dayMs) * dayMs;
const endOfDay = (time: number): number => startOfDay(time) + dayMs - 1000;

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);
