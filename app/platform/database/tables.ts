import type { UsersTable } from "../../accounts/table.ts";
import type { ApiKeysTable } from "../../api-keys/table.ts";
import type { AuditChainsTable, AuditTable } from "../../audit/table.ts";
import type { ImportRowsTable } from "../../bookings/import/table.ts";
import type { BookingsTable } from "../../bookings/table.ts";
import type { IdempotencyKeysTable } from "../../idempotency/table.ts";
import type { OrganisationsTable } from "../../organisations/table.ts";
import type { SessionsTable } from "../../sessions/table.ts";

/** Every table, each described by the feature that owns it. */
export interface Tables {
  organisations: OrganisationsTable;
  bookings: BookingsTable;
  import_rows: ImportRowsTable;
  users: UsersTable;
  sessions: SessionsTable;
  api_keys: ApiKeysTable;
  audit_chains: AuditChainsTable;
  idempotency_keys: IdempotencyKeysTable;
  /** In the audit trail's own schema: reached with `withSchema(auditSchema)`. */
  audit_log: AuditTable;
  /** Kept by the migrator. */
  kysely_migration: { name: string; timestamp: string };
}

/** The audit trail's schema for a data schema, separate so that the application's user can only add to it and read it. */
export const auditSchemaOf = (dataSchema: string): string => `${dataSchema}_audit`;
