export const deliveryStatuses = ["pending", "delivered", "failed"] as const;
/** Why a webhook is disabled: an admin wanted it, its receiver failed for too long, or it answered 410 Gone. */
export const disabledReasons = ["admin", "failing", "gone"] as const;

/** An address that hears of an organisation's bookings. */
export interface WebhooksTable {
  id: Buffer;
  organisation_id: Buffer;
  url: string;
  /** Separated by spaces. */
  events: string;
  /** Every change by an admin raises it, and disabling. */
  version: number;
  disabled_at: string | null;
  disabled_reason: (typeof disabledReasons)[number] | null;
  /** Attempts that failed since the last one that did not, and when the first of them was. */
  failures: number;
  failing_since: string | null;
  /** The next entry of the organisation's audit trail to look at: its link, and position in the link. */
  next_link: number;
  next_position: number;
  /** When the first pending delivery is due. */
  due_at: string | null;
  /** Until then one worker delivers for it, or nobody does because it failed. */
  leased_until: string;
  created_at: string;
  updated_at: string;
}

/** An event for one webhook. What it says is the audit trail's entry at `link` and `position`, which nothing changes. */
export interface WebhookDeliveriesTable {
  id: Buffer;
  webhook_id: Buffer;
  link: number;
  position: number;
  /** "booking.created". */
  event: string;
  booking_id: Buffer;
  /** When the booking was changed. */
  occurred_at: string;
  status: (typeof deliveryStatuses)[number];
  attempts: number;
  /** When it is tried next, while it is pending. */
  due_at: string | null;
  last_attempt_at: string | null;
  /** Status of the receiver's last answer, or why there was none. */
  last_status: number | null;
  last_error: string | null;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    webhooks: WebhooksTable;
    webhook_deliveries: WebhookDeliveriesTable;
  }
}
