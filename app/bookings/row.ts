import type { Selectable } from "kysely";
import { fromDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes } from "../platform/ids.ts";
import type { Booking } from "./schema.ts";
import type { BookingsTable } from "./table.ts";

export type Row = Selectable<BookingsTable>;

/** A row as the API answers it. */
export function toBooking(row: Row): Booking {
  return {
    id: idFromBytes(row.id),
    resource: row.resource,
    clientName: row.client_name,
    clientEmail: row.client_email,
    clientPhone: row.client_phone,
    notes: row.notes,
    startsAt: fromDatabaseTime(row.starts_at),
    endsAt: fromDatabaseTime(row.ends_at),
    status: row.status,
    version: row.version,
    createdAt: fromDatabaseTime(row.created_at),
    updatedAt: fromDatabaseTime(row.updated_at),
  };
}
