import * as z from "zod";
import { integer, moment, uuid } from "../http/formats.ts";
import { longestCursor } from "../platform/cursor.ts";
import { deliveryStatuses, disabledReasons } from "./table.ts";

/** What a webhook can hear of: actions of the audit trail. */
export const webhookEvents = ["booking.created", "booking.updated", "booking.cancelled"] as const;

const url = z.url().max(2_000);
const events = z
  .array(z.enum(webhookEvents))
  .min(1)
  .refine((given) => new Set(given).size === given.length, { error: "must not name an event twice" })
  .meta({ uniqueItems: true });

export const createWebhook = z.strictObject({ url, events: events.default([...webhookEvents]) });
export type WebhookInput = z.output<typeof createWebhook>;

export const updateWebhook = z
  .strictObject({
    /** The version of the webhook that the caller has seen. */
    version: z.number().int().positive(),
    url: url.optional(),
    events: events.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 1, { error: "names no field to change" })
  .meta({ minProperties: 2 });
export type WebhookChange = Omit<z.output<typeof updateWebhook>, "version">;

export const webhookId = z.strictObject({ id: z.uuid() });
export const deliveryId = z.strictObject({ id: z.uuid(), deliveryId: z.uuid() });

export const webhook = z.object({
  id: uuid,
  url: z.string(),
  events: z.array(z.enum(webhookEvents)),
  enabled: z.boolean(),
  /** Why it is not. */
  disabledReason: z.enum(disabledReasons).nullable(),
  /** Since when every attempt has failed. */
  failingSince: moment.nullable(),
  version: integer,
  createdAt: moment,
  updatedAt: moment,
});
export type Webhook = z.output<typeof webhook>;
export const webhooks = z.object({ items: z.array(webhook) });
/** What a receiver verifies signatures with. */
export const webhookKey = z.object({ key: z.string() });
export const createdWebhook = z.object({ webhook, key: z.string() });
export const removed = z.undefined();

/** Query parameters of the list of deliveries. */
export const listDeliveries = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(50),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(longestCursor).optional(),
});
export type DeliveryFilter = z.output<typeof listDeliveries>;

export const delivery = z.object({
  /** The receiver's `webhook-id`. */
  id: uuid,
  event: z.string(),
  bookingId: uuid,
  occurredAt: moment,
  /** failed: no further attempt, unless it is replayed. */
  status: z.enum(deliveryStatuses),
  attempts: integer,
  lastAttemptAt: moment.nullable(),
  /** Status of the receiver's last answer. */
  lastStatus: integer.nullable(),
  /** Why there was no answer. */
  lastError: z.string().nullable(),
  nextAttemptAt: moment.nullable(),
});
export type Delivery = z.output<typeof delivery>;
export const deliveryPage = z.object({ items: z.array(delivery), nextCursor: z.string().nullable() });
export type DeliveryPage = z.output<typeof deliveryPage>;
