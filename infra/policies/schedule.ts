const day = 86_400_000;

/**
 * The longest time between two runs of a `rate(… days)`, a `cron(minute hour day months ? *)` or a
 * `cron(minute hour ? months weekday#week *)` schedule, days; undefined for another kind of schedule. Secrets Manager accepts
 * them all.
 */
export function longestGapDays(schedule: string): number | undefined {
  const [, amount, unit] = /^rate\((\d+) (day|hour)s?\)$/.exec(schedule) ?? [];
  if (amount !== undefined) return unit === "day" ? Number(amount) : Number(amount) / 24;
  const [, days = "", months = "", weekdays = "", years = ""] =
    /^cron\(\S+ \S+ (\S+) (\S+) (\S+) (\S+)\)$/.exec(schedule) ?? [];
  if (years !== "*") return undefined;
  const [, weekday, week] = days === "?" ? (/^([1-7])#([1-4])$/.exec(weekdays) ?? []) : [];
  if (weekday !== undefined)
    return longestGap(nthWeekdays(Number(weekday), Number(week), numbers(months, 1, 12)));
  if (weekdays !== "?") return undefined;
  const runs = numbers(months, 1, 12).flatMap((month) =>
    numbers(days, 1, 28).map((date) => Date.UTC(2026, month - 1, date)),
  );
  if (runs.length === 0) return undefined;
  const next = [
    ...runs.slice(1),
    Date.UTC(2027, new Date(runs[0] ?? 0).getUTCMonth(), new Date(runs[0] ?? 0).getUTCDate()),
  ];
  return Math.max(...runs.map((run, index) => ((next[index] ?? run) - run) / day));
}

/** The nth such weekday (Sunday is 1) of the months, through a whole round of the calendar's weekdays and leap years. */
const nthWeekdays = (weekday: number, week: number, months: readonly number[]): number[] =>
  Array.from({ length: 28 }, (_, index) => 2026 + index).flatMap((year) =>
    months.map((month) => {
      const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 1;
      return Date.UTC(year, month - 1, 1 + ((weekday - first + 7) % 7) + (week - 1) * 7);
    }),
  );

const longestGap = (runs: readonly number[]): number =>
  Math.max(...runs.slice(1).map((run, index) => (run - (runs[index] ?? run)) / day));

/** `*`, `3`, `1,4,7`, `2-5`, `1/3`: the numbers that a field of a schedule matches. */
function numbers(field: string, lowest: number, highest: number): number[] {
  const every = (from: number, to: number, step: number) =>
    Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
  const found = field.split(",").flatMap((part) => {
    if (part === "*") return every(lowest, highest, 1);
    const [, from = "", to, step] = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === "") return [Number.NaN];
    return every(Number(from), to ? Number(to) : step ? highest : Number(from), Number(step ?? 1));
  });
  return found.some(Number.isNaN) ? [] : found.sort((one, other) => one - other);
}
