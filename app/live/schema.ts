import * as z from "zod";
import { booking } from "../bookings/schema.ts";

/** Span that the message comes from, where traces are on (docs/telemetry.md). */
const traceparent = z.string().optional();

/**
 * A message, without the id that Redis gives it. `reload` tells a client to load anew what it shows, at a moment of its own choice within
 * the next `spreadMs`: more has changed than is told, or the client has missed something.
 */
export const liveMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.enum(["booking.created", "booking.updated", "booking.cancelled"]),
    booking,
    traceparent,
  }),
  z.object({ type: z.literal("reload"), spreadMs: z.number(), traceparent }),
]);
export type LiveMessage = z.infer<typeof liveMessage>;

/** The last id that a client has seen, as Redis writes those of a stream. */
export const liveQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}-\d{1,10}$/, "must be the id of a message")
    .optional(),
});
