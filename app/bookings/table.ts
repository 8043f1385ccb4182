export const bookingStatuses = ["confirmed", "cancelled"] as const;
export type BookingStatus = (typeof bookingStatuses)[number];

/** Times are UTC with milliseconds; ids are UUIDv7, so their order is the order of creation. */
export interface BookingsTable {
  id: Buffer;
  organisation_id: Buffer;
  client_name: string;
  client_email: string;
  client_phone: string;
  notes: string | null;
  starts_at: Date;
  ends_at: Date;
  status: BookingStatus;
  /** Raised by every change: whoever changes a booking names the version seen (optimistic locking). */
  version: number;
  created_at: Date;
  updated_at: Date;
}
