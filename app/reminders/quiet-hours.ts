/** When an organisation sends: see table.ts. */
export interface SendingTimes {
  time_zone: string;
  lead_minutes: number;
  quiet_from: number;
  quiet_until: number;
}

const minuteMs = 60_000;
/** A reminder that falls into the quiet hours, of a booking that begins before they end, goes out this long before they begin. */
const beforeQuietMs = 15 * minuteMs;
/** Fine enough for every time zone: offsets are multiples of it. */
const stepMs = 15 * minuteMs;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes since midnight as clocks there show them, in summer and winter. */
function minuteOfDay(timeZone: string, at: number): number {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clocks.set(timeZone, clock);
  const [hours = 0, minutes = 0] = clock.format(at).split(":").map(Number);
  return 60 * hours + minutes;
}

/** Whether nothing is sent at that time, milliseconds since 1970. */
export function isQuiet({ time_zone, quiet_from, quiet_until }: SendingTimes, at: number): boolean {
  const minute = minuteOfDay(time_zone, at);
  return quiet_from <= quiet_until
    ? quiet_from <= minute && minute < quiet_until
    : quiet_from <= minute || minute < quiet_until;
}

/** Bookings that start until then are reminded of now: milliseconds since 1970, or undefined in the quiet hours. */
export function dueUntil(times: SendingTimes, now: number): number | undefined {
  if (isQuiet(times, now)) return undefined;
  const usual = now + times.lead_minutes * minuteMs;
  if (!isQuiet(times, now + beforeQuietMs)) return usual;
  let end = now + beforeQuietMs;
  while (isQuiet(times, end) && end - now < 25 * 60 * minuteMs) end += stepMs;
  return Math.max(usual, end);
}
