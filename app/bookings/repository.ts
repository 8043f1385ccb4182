import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { Tables } from "../platform/database/tables.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { Position } from "./cursor.ts";
import type { Booking, BookingChange, BookingFilter, BookingInput } from "./schema.ts";
import type { BookingStatus, BookingsTable } from "./table.ts";

type Connection = Kysely<Tables> | Transaction<Tables>;

export async function findBooking(
  db: Connection,
  organisationId: string,
  id: string,
): Promise<Booking | undefined> {
  const row = await byId(db, organisationId, id).executeTakeFirst();
  return row && toBooking(row);
}

/** Reads a booking and keeps others from changing it until the transaction ends. */
export async function lockBooking(
  transaction: Transaction<Tables>,
  organisationId: string,
  id: string,
): Promise<Booking | undefined> {
  const row = await byId(transaction, organisationId, id).forUpdate().executeTakeFirst();
  return row && toBooking(row);
}

export async function insertBooking(
  db: Connection,
  organisationId: string,
  id: string,
  input: BookingInput,
): Promise<Booking> {
  const now = new Date();
  const row = {
    id: idToBytes(id),
    organisation_id: idToBytes(organisationId),
    ...toColumns(input),
    notes: input.notes,
    status: "confirmed" as const,
    version: 1,
    created_at: now,
    updated_at: now,
  };
  await db.insertInto("bookings").values(row).execute();
  return toBooking(row);
}

/** Writes the changed members of a locked booking; its version goes up by one. */
export async function changeBooking(
  transaction: Transaction<Tables>,
  booking: Booking,
  change: BookingChange & { status?: BookingStatus },
): Promise<Booking> {
  const updatedAt = new Date();
  const version = booking.version + 1;
  const { status } = change;
  await transaction
    .updateTable("bookings")
    .set({ ...toColumns(change), ...(status && { status }), version, updated_at: updatedAt })
    .where("id", "=", idToBytes(booking.id))
    .execute();
  return {
    ...booking,
    ...change,
    startsAt: (change.startsAt ?? new Date(booking.startsAt)).toISOString(),
    endsAt: (change.endsAt ?? new Date(booking.endsAt)).toISOString(),
    version,
    updatedAt: updatedAt.toISOString(),
  };
}

/** One page in the order of start, from behind `after`. One more row than the limit is read: it tells whether there is a next page. */
export async function listBookings(
  db: Connection,
  organisationId: string,
  filter: BookingFilter,
  after: Position | undefined,
): Promise<Booking[]> {
  const { status, from, to, search, limit } = filter;
  let query = db.selectFrom("bookings").selectAll().where("organisation_id", "=", idToBytes(organisationId));
  if (status !== undefined) query = query.where("status", "=", status);
  if (from !== undefined) query = query.where("starts_at", ">=", from);
  if (to !== undefined) query = query.where("starts_at", "<", to);
  if (search !== undefined) query = query.where(matches(search));
  if (after !== undefined) {
    const id = idToBytes(after.id);
    // Not `(starts_at, id) > (…)`: MySQL reads no range of the index for that.
    query = query
      .where("starts_at", ">=", after.startsAt)
      .where((where) => where.or([where("starts_at", ">", after.startsAt), where("id", ">", id)]));
  }
  const rows = await query
    .orderBy("starts_at")
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  return rows.map(toBooking);
}

function byId(db: Connection, organisationId: string, id: string) {
  return db
    .selectFrom("bookings")
    .selectAll()
    .where("id", "=", idToBytes(id))
    .where("organisation_id", "=", idToBytes(organisationId));
}

/** `%` and `_` in what a person types are characters, not wildcards. */
const escapeLike = (text: string): string => text.replace(/[!%_]/g, "!$&");

function matches(search: string) {
  const pattern = `%${escapeLike(search)}%`;
  return sql<boolean>`(client_name like ${pattern} escape '!'
    or client_email like ${pattern} escape '!'
    or client_phone like ${pattern} escape '!')`;
}

function toColumns<Change extends BookingChange>(change: Change) {
  return {
    client_name: change.clientName as Change["clientName"],
    client_email: change.clientEmail as Change["clientEmail"],
    client_phone: change.clientPhone as Change["clientPhone"],
    notes: change.notes,
    starts_at: change.startsAt as Change["startsAt"],
    ends_at: change.endsAt as Change["endsAt"],
  };
}

function toBooking(row: Selectable<BookingsTable>): Booking {
  return {
    id: idFromBytes(row.id),
    clientName: row.client_name,
    clientEmail: row.client_email,
    clientPhone: row.client_phone,
    notes: row.notes,
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    status: row.status,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
