const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const minutesPerDay = 24 * 60;
const minutesPerWeek = 7 * minutesPerDay;

/** A stretch of the week: minutes from Monday 00:00 UTC; `end` may lie past the week's end. */
interface Stretch {
  start: number;
  end: number;
}

const clock = (text: string): number => {
  const [hours, minutes] = text.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
};

const moment = (text: string): number =>
  dayNames.indexOf(text.slice(0, 3)) * minutesPerDay + clock(text.slice(4));

const stretch = (start: number, end: number, period: number): Stretch => ({
  start,
  end: end > start ? end : end + period,
});

/** A window by its start and its length, minutes. */
export interface Window {
  start: number;
  length: number;
}

/** A daily window, `hh:mm-hh:mm`: its start in minutes of the day. */
export function windowOf(daily: string): Window {
  const [from = "", to = ""] = daily.split("-");
  const { start, end } = stretch(clock(from), clock(to), minutesPerDay);
  return { start, length: end - start };
}

/** A weekly window, `ddd:hh:mm-ddd:hh:mm`: its start in minutes from Monday 00:00. */
export function momentOf(weekly: string): Window {
  const [begin = "", finish = ""] = weekly.split("-");
  const { start, end } = stretch(moment(begin), moment(finish), minutesPerWeek);
  return { start, length: end - start };
}

/** Whether two daily windows (`hh:mm-hh:mm`) share a minute. */
export function dailyWindowsOverlap(one: string, other: string): boolean {
  const [first, second] = [windowOf(one), windowOf(other)];
  return [-1, 0, 1].some((day) => {
    const start = second.start + day * minutesPerDay;
    return first.start < start + second.length && start < first.start + first.length;
  });
}

/**
 * Whether a daily window (`hh:mm-hh:mm`) and a weekly one (`ddd:hh:mm-ddd:hh:mm`), both UTC, share a minute: RDS refuses a
 * backup window that overlaps the maintenance window. Windows may run past midnight or past the end of the week.
 */
export function windowsOverlap(daily: string, weekly: string): boolean {
  const maintenance = momentOf(weekly);
  const backup = windowOf(daily);
  // From the day before to the day after the week, for windows that run over its edges.
  return Array.from({ length: 16 }, (_, index) => (index - 1) * minutesPerDay).some(
    (midnight) =>
      midnight + backup.start < maintenance.start + maintenance.length &&
      maintenance.start < midnight + backup.start + backup.length,
  );
}
