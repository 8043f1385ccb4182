import type { Insertable } from "kysely";
import { type Connection, statement } from "../platform/database/statement.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import { type Row, toBooking } from "./row.ts";
import type { Booking, BookingChange, BookingInput } from "./schema.ts";
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
  const now = toDatabaseTime(new Date());
  const row: Row = {
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
  await insertRow(db, row);
  return toBooking(row);
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
