export const bookingStatuses = ["confirmed", "cancelled"] as const;
export type BookingStatus = (typeof bookingStatuses)[number];

/** Times are UTC with milliseconds (platform/database/times.ts); ids are UUIDv7, so their order is the order of creation. */
export interface BookingsTable {
  id: Buffer;
  organisation_id: Buffer;
  /** What can be booked once at a time: a room, a chair, a person. Compared character by character. */
  resource: string;
  client_name: string;
  client_email: string;
  client_phone: string;
  notes: string | null;
  starts_at: string;
  ends_at: string;
  status: BookingStatus;
  /** Every change raises it; a change request names the version it saw (optimistic locking). */
  version: number;
  created_at: string;
  updated_at: string;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    bookings: BookingsTable;
  }
}
