import type { ColumnType } from "kysely";

type Json = ColumnType<unknown, string | null, never>;

/** One change. The application can add and read rows, and never changes or removes them. */
export interface AuditTable {
  id: Buffer;
  organisation_id: Buffer;
  occurred_at: ColumnType<string, Date, never>;
  actor: string;
  /** What was done, as `<entity>.<verb>`: "booking.created". */
  action: string;
  entity: string;
  entity_id: Buffer;
  before: Json;
  after: Json;
  request_id: string;
}
