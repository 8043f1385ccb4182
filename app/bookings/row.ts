import type { Selectable } from "kysely";
import { idFromBytes } from "../platform/ids.ts";
import type { Booking } from "./schema.ts";
import type { BookingsTable } from "./table.ts";

export type Row = Selectable<BookingsTable>;

/** A row as the API answers it. */
export function toBooking(row: Row): Booking {
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
