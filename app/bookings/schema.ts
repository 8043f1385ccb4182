import * as z from "zod";
import { integer, moment, uuid } from "../http/formats.ts";
import { longestCursor } from "../platform/cursor.ts";
import { bookingStatuses } from "./table.ts";

/**
 * Text of one line: no control characters, which would break out of log lines, mails and CSV files. Two ways to write one character are
 * the same (NFC): nobody sees which one was typed.
 */
const line = (minimum: number, maximum: number) =>
  z
    .string()
    .normalize()
    .trim()
    .min(minimum)
    .max(maximum)
    .regex(/^\P{Cc}*$/u, "must not contain control characters");

/** Years that every component can hold: MySQL's DATETIME ends with 9999, and no booking starts before 1970. */
const [firstTime, lastTime] = [Date.UTC(1970, 0, 1), Date.UTC(10_000, 0, 1) - 1];

/** ISO 8601 with a time zone; kept and answered in UTC. */
const time = z.iso
  .datetime({ offset: true, abort: true })
  .transform((text) => new Date(text))
  .refine((at) => at.getTime() >= firstTime && at.getTime() <= lastTime, {
    error: "must be in the years 1970 to 9999 (UTC)",
    abort: true,
  });

const dayMs = 86_400_000;
/** Longest distance of a booking's start from now, in either direction, and its longest duration, milliseconds. */
const farthest = 3_653 * dayMs;
export const longestMs = 31 * dayMs;
const startTime = time.refine((at) => Math.abs(at.getTime() - Date.now()) <= farthest, {
  error: "must be within ten years of now",
});

const fields = {
  /** What can be booked once at a time: a room, a chair, a person. */
  resource: line(1, 64),
  clientName: line(1, 100),
  clientEmail: z.email().max(254),
  /** E.164: "+", country code, number. */
  clientPhone: z.string().regex(/^\+[1-9]\d{1,14}$/, "must be an E.164 number, such as +4915112345678"),
  notes: z.string().max(500).nullable(),
  startsAt: startTime,
  endsAt: time,
};

/** Why a booking cannot end then, or undefined where it can. */
export function endFault({ startsAt, endsAt }: { startsAt: Date; endsAt: Date }): string | undefined {
  if (endsAt <= startsAt) return "must be later than startsAt";
  return endsAt.getTime() - startsAt.getTime() > longestMs ? "must be within 31 days of startsAt" : undefined;
}

export const createBooking = z
  .strictObject({
    ...fields,
    resource: fields.resource.default("default"),
    notes: fields.notes.default(null),
  })
  .check(({ value, issues }) => {
    const message = endFault(value);
    if (message) issues.push({ code: "custom", path: ["endsAt"], message, input: value.endsAt });
  });
export type BookingInput = z.output<typeof createBooking>;

/** The version of the booking that the caller has seen. If-Match can say it instead. */
const version = z.number().int().positive().optional();

export const updateBooking = z
  .strictObject({ version, ...z.strictObject(fields).partial().shape })
  .refine(({ version: _, ...change }) => Object.keys(change).length > 0, {
    error: "names no field to change",
  })
  .meta({ anyOf: Object.keys(fields).map((name) => ({ required: [name] })) });
export type BookingChange = Omit<z.output<typeof updateBooking>, "version">;

export const cancelBooking = z.strictObject({ version }).nullish();

export const bookingId = z.strictObject({ id: z.uuid() });

/** Query parameters of the list. */
export const listBookings = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(longestCursor).optional(),
  status: z.enum(bookingStatuses).optional(),
  /** Bookings that start at or after this time, and before that one. */
  from: time.optional(),
  to: time.optional(),
  resource: fields.resource.optional(),
  /** The beginning of a client's name, of its second or third word, or of the e-mail address; the end of the phone number. */
  search: line(1, 100).optional(),
});
export type BookingFilter = z.output<typeof listBookings>;

/** Query parameters of the export: the list's filters. */
export const exportBookings = listBookings.omit({ limit: true, cursor: true });
export type ExportFilter = z.output<typeof exportBookings>;

/** A booking as the API answers it: exactly these members. */
export const booking = z.object({
  id: uuid,
  resource: z.string(),
  clientName: z.string(),
  clientEmail: z.string(),
  clientPhone: z.string(),
  notes: z.string().nullable(),
  startsAt: moment,
  endsAt: moment,
  status: z.enum(bookingStatuses),
  version: integer,
  createdAt: moment,
  updatedAt: moment,
});
export type Booking = z.infer<typeof booking>;

export const bookingPage = z.object({ items: z.array(booking), nextCursor: z.string().nullable() });
export type BookingPage = z.infer<typeof bookingPage>;
