import { type Selectable, sql } from "kysely";
import { type Connection, type Statement, statement, written } from "../platform/database/statement.ts";
import { fromDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes } from "../platform/ids.ts";
import type { Delivery } from "./schema.ts";
import type { WebhookDeliveriesTable } from "./table.ts";

export type DeliveryRow = Selectable<WebhookDeliveriesTable>;
type OfWebhook = Pick<DeliveryRow, "webhook_id">;

/** Deliveries of a webhook before `before`, the newest first. */
export const readPage = statement(
  ["webhook_id", "before", "limit"],
  (db, { webhook_id, before, limit }: OfWebhook & { before: Buffer; limit: number }) =>
    db
      .selectFrom("webhook_deliveries")
      .selectAll()
      .where("webhook_id", "=", webhook_id)
      .where("id", "<", before)
      .orderBy("id", "desc")
      .limit(limit),
);

export const readDue = statement(
  ["webhook_id", "now", "limit"],
  (db, { webhook_id, now, limit }: OfWebhook & { now: string; limit: number }) =>
    db
      .selectFrom("webhook_deliveries")
      .selectAll()
      .where("webhook_id", "=", webhook_id)
      .where("due_at", "<=", now)
      .orderBy("due_at")
      .orderBy("id")
      .limit(limit),
);

export const readFirstDue = statement(["webhook_id"], (db, { webhook_id }: OfWebhook) =>
  db
    .selectFrom("webhook_deliveries")
    .select("due_at")
    .where("webhook_id", "=", webhook_id)
    .where("due_at", "is not", null)
    .orderBy("due_at")
    .limit(1),
);

export const lockDelivery = statement(
  ["id", "webhook_id"],
  (db, { id, webhook_id }: Pick<DeliveryRow, "id" | "webhook_id">) =>
    db
      .selectFrom("webhook_deliveries")
      .selectAll()
      .where("id", "=", id)
      .where("webhook_id", "=", webhook_id)
      .forUpdate(),
);

const outcome = ["status", "attempts", "due_at", "last_attempt_at", "last_status", "last_error"] as const;

/** Writes what came of an attempt. */
export const updateDelivery = statement(
  ["id", ...outcome],
  (db, { id, ...row }: Pick<DeliveryRow, "id" | (typeof outcome)[number]>) =>
    db.updateTable("webhook_deliveries").set(row).where("id", "=", id),
);

/** An entry of the audit trail about a booking. */
interface Entry {
  link: number;
  position: number;
  action: string;
  entity_id: Buffer;
  occurred_at: string;
}

/** A delivery to be made, as JSON: ids in hexadecimal. */
interface NewDelivery extends Pick<DeliveryRow, "link" | "position" | "event" | "occurred_at"> {
  id: string;
  booking: string;
}

/** The rows travel as one JSON text, so that one prepared statement serves any number of them. One that is there already stays. */
const insertRows: Statement<OfWebhook & { now: string; rows: string }, unknown> = statement(
  ["webhook_id", "now", "rows"],
  (db, { webhook_id, now, rows }) =>
    written(
      db,
      sql`
        insert ignore into webhook_deliveries
          (id, webhook_id, link, position, event, booking_id, occurred_at, status, attempts, due_at)
        select unhex(made.id), ${webhook_id}, made.link, made.position, made.event, unhex(made.booking), made.occurred_at,
          'pending', 0, ${now}
        from json_table(${rows}, '$[*]' columns (
          id char(32) path '$.id', link bigint unsigned path '$.link', position int unsigned path '$.position',
          event varchar(32) path '$.event', booking char(32) path '$.booking', occurred_at datetime(3) path '$.occurred_at'
        )) as made`,
    ),
);

/** Adds deliveries that are due now. */
export const insertDeliveries = (
  db: Connection,
  webhook_id: Buffer,
  now: string,
  rows: readonly NewDelivery[],
): Promise<unknown> => insertRows(db, { webhook_id, now, rows: JSON.stringify(rows) });

interface After {
  organisation_id: Buffer;
  next_link: number;
  next_position: number;
  limit: number;
}

/** The bookings' entries of the audit trail: the outbox, written in each booking's own transaction. */
export function entriesOf(auditSchema: string) {
  const table = "audit_log";
  return {
    /** From a place in the trail on, in its order. */
    next: statement(
      ["organisation_id", "next_link", "next_position", "limit"],
      (db, { organisation_id, next_link, next_position, limit }: After): ReturnType<typeof written<Entry>> =>
        db
          .withSchema(auditSchema)
          .selectFrom(table)
          .select(["link", "position", "action", "entity_id", "occurred_at"])
          .$narrowType<{ link: number; position: number }>()
          .where("organisation_id", "=", organisation_id)
          .where("link", ">=", next_link)
          // Not `(link, position) >= (…)`: MySQL reads no range of the index for that.
          .where((where) => where.or([where("link", ">", next_link), where("position", ">=", next_position)]))
          .where("entity", "=", "booking")
          .orderBy("link")
          .orderBy("position")
          .limit(limit),
    ),
    /** The booking as one entry left it. */
    booking: statement(
      ["organisation_id", "link", "position"],
      (db, row: { organisation_id: Buffer; link: number; position: number }) =>
        db
          .withSchema(auditSchema)
          .selectFrom(table)
          .select("after")
          .where("organisation_id", "=", row.organisation_id)
          .where("link", "=", row.link)
          .where("position", "=", row.position),
    ),
  };
}

/** Removes so many deliveries that are older than `before`, by their ids, which begin with the time. */
export const deleteOld = statement(
  ["before", "limit"],
  (db, { before, limit }: { before: Buffer; limit: number }) =>
    db.deleteFrom("webhook_deliveries").where("id", "<", before).orderBy("id").limit(limit),
);

/** A row as the API answers it. */
export const toDelivery = (row: DeliveryRow): Delivery => ({
  id: idFromBytes(row.id),
  event: row.event,
  bookingId: idFromBytes(row.booking_id),
  occurredAt: fromDatabaseTime(row.occurred_at),
  status: row.status,
  attempts: row.attempts,
  lastAttemptAt: row.last_attempt_at && fromDatabaseTime(row.last_attempt_at),
  lastStatus: row.last_status,
  lastError: row.last_error,
  nextAttemptAt: row.due_at && fromDatabaseTime(row.due_at),
});
