import { type Expression, type Insertable, sql } from "kysely";
import { type Connection, statement } from "../platform/database/statement.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import { type Row, toBooking } from "./row.ts";
import { type Booking, type BookingChange, type BookingInput, longestMs } from "./schema.ts";
import type { BookingStatus, BookingsTable } from "./table.ts";

const fields = [
  "resource",
  "client_name",
  "client_email",
  "client_phone",
  "notes",
  "starts_at",
  "ends_at",
  "status",
  "version",
  "updated_at",
] as const satisfies readonly (keyof BookingsTable)[];

type ById = Pick<Row, "id" | "organisation_id">;
const byId = ["id", "organisation_id"] as const;

const readRow = statement(byId, (db, { id, organisation_id }: ById) =>
  db.selectFrom("bookings").selectAll().where("id", "=", id).where("organisation_id", "=", organisation_id),
);

const lockRow = statement(byId, (db, { id, organisation_id }: ById) =>
  db
    .selectFrom("bookings")
    .selectAll()
    .where("id", "=", id)
    .where("organisation_id", "=", organisation_id)
    .forUpdate(),
);

const insertRow = statement([...byId, ...fields, "created_at"], (db, row: Insertable<BookingsTable>) =>
  db.insertInto("bookings").values(row),
);

const updateRow = statement(
  ["id", ...fields],
  (db, { id, ...row }: Pick<Row, "id" | (typeof fields)[number]>) =>
    db.updateTable("bookings").set(row).where("id", "=", id),
);

/** Longest duration of a booking: how far before a time one can start that reaches into it. */
const longestDays = longestMs / 86_400_000;

/** A time that is wanted, as expressions of SQL: values, or columns. */
export interface Wanted {
  startsAt: Expression<string>;
  endsAt: Expression<string>;
}

/**
 * Whether a row of bookings overlaps a wanted time. Times are half-open: one may start when another ends. The first line says
 * it; the second follows from it, and bounds what is read of an index by starts_at. To ask it of confirmed bookings of the same
 * organisation and resource only is left to the caller.
 * @param taken name or alias of the table
 */
export const overlaps = (taken: string, { startsAt, endsAt }: Wanted) => sql<boolean>`
  ${sql.ref(`${taken}.starts_at`)} < ${endsAt} and ${sql.ref(`${taken}.ends_at`)} > ${startsAt}
  and ${sql.ref(`${taken}.starts_at`)} > cast(${startsAt} as datetime(3)) - interval ${sql.lit(longestDays)} day`;

type Slot = Pick<Row, "id" | "organisation_id" | "resource" | "starts_at" | "ends_at">;

const readOverlapping = statement(
  ["id", "organisation_id", "resource", "starts_at", "ends_at"],
  (db, slot: Slot) =>
    db
      .selectFrom("bookings")
      .select(["id", "starts_at", "ends_at"])
      .where("organisation_id", "=", slot.organisation_id)
      .where("resource", "=", slot.resource)
      .where("status", "=", "confirmed")
      .where(overlaps("bookings", { startsAt: sql.val(slot.starts_at), endsAt: sql.val(slot.ends_at) }))
      .where("id", "<>", slot.id)
      .limit(1),
);

/** Where and when a booking takes place. */
export type Place = Pick<BookingInput, "resource" | "startsAt" | "endsAt">;

/**
 * A confirmed booking that is in the way of one, other than itself. Only in a transaction that no other change of the organisation's
 * runs beside does the answer still hold when the booking is written (AuditTrail.change).
 */
export async function findOverlapping(
  transaction: Connection,
  organisationId: string,
  id: string,
  { resource, startsAt, endsAt }: Place,
): Promise<Pick<Booking, "id" | "startsAt" | "endsAt"> | undefined> {
  const [row] = await readOverlapping(transaction, {
    id: idToBytes(id),
    organisation_id: idToBytes(organisationId),
    resource,
    starts_at: toDatabaseTime(startsAt),
    ends_at: toDatabaseTime(endsAt),
  });
  return (
    row && {
      id: idFromBytes(row.id),
      startsAt: fromDatabaseTime(row.starts_at),
      endsAt: fromDatabaseTime(row.ends_at),
    }
  );
}

export async function findBooking(
  db: Connection,
  organisationId: string,
  id: string,
): Promise<Booking | undefined> {
  const [row] = await readRow(db, { id: idToBytes(id), organisation_id: idToBytes(organisationId) });
  return row && toBooking(row);
}

/** Reads a booking and keeps others from changing it until the transaction ends. */
export async function lockBooking(
  transaction: Connection,
  organisationId: string,
  id: string,
): Promise<Booking | undefined> {
  const [row] = await lockRow(transaction, { id: idToBytes(id), organisation_id: idToBytes(organisationId) });
  return row && toBooking(row);
}

export async function insertBooking(
  db: Connection,
  organisationId: string,
  id: string,
  input: BookingInput,
): Promise<Booking> {
  const row = newRow(organisationId, id, input, new Date());
  await insertRow(db, row);
  return toBooking(row);
}

/** The row of a new booking. */
export function newRow(organisationId: string, id: string, input: BookingInput, createdAt: Date): Row {
  const now = toDatabaseTime(createdAt);
  return {
    id: idToBytes(id),
    organisation_id: idToBytes(organisationId),
    resource: input.resource,
    client_name: input.clientName,
    client_email: input.clientEmail,
    client_phone: input.clientPhone,
    notes: input.notes,
    starts_at: toDatabaseTime(input.startsAt),
    ends_at: toDatabaseTime(input.endsAt),
    status: "confirmed",
    version: 1,
    created_at: now,
    updated_at: now,
  };
}

/** Writes a locked booking with the changed members; its version goes up by one. */
export async function changeBooking(
  transaction: Connection,
  booking: Booking,
  change: BookingChange & { status?: BookingStatus },
): Promise<Booking> {
  const updatedAt = new Date();
  const startsAt = change.startsAt ?? new Date(booking.startsAt);
  const endsAt = change.endsAt ?? new Date(booking.endsAt);
  const after = {
    ...booking,
    ...change,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    version: booking.version + 1,
    updatedAt: updatedAt.toISOString(),
  };
  await updateRow(transaction, {
    id: idToBytes(after.id),
    resource: after.resource,
    client_name: after.clientName,
    client_email: after.clientEmail,
    client_phone: after.clientPhone,
    notes: after.notes,
    starts_at: toDatabaseTime(startsAt),
    ends_at: toDatabaseTime(endsAt),
    status: after.status,
    version: after.version,
    updated_at: toDatabaseTime(updatedAt),
  });
  return after;
}
