import type { ColumnType } from "kysely";

type Json = ColumnType<unknown, string | null, never>;

/** One change. The application can add and read rows, and never changes or removes them. */
export interface AuditTable {
  id: Buffer;
  organisation_id: Buffer;
  occurred_at: ColumnType<string, string, never>;
  actor: string;
  /** What was done, as `<entity>.<verb>`: "booking.created". */
  action: string;
  entity: string;
  entity_id: Buffer;
  before: Json;
  after: Json;
  request_id: string;
  /** Number of the link of the organisation's chain (chain.ts), and the entry's place in it, from 1; null before the chain began. */
  link: number | null;
  position: number | null;
  /** The link's hash, on its last entry only. */
  link_hash: Buffer | null;
}

/** The last link of each organisation's chain, in the data schema: who removes the end of the trail has to change this as well. */
export interface AuditChainsTable {
  organisation_id: Buffer;
  number: number;
  hash: Buffer;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    audit_chains: AuditChainsTable;
    /** In the audit trail's own schema: reached with `withSchema(auditSchema)`. */
    audit_log: AuditTable;
  }
}
