import type { ColumnType } from "kysely";
import type { Tier } from "../contract/limits.ts";

/** Whose data it is. */
export interface OrganisationsTable {
  id: Buffer;
  name: string;
  created_at: ColumnType<string, never, never>;
  /** By which limits it is served. */
  tier: ColumnType<Tier, never, Tier>;
}

/** The organisation that exists from the first migration on. */
export const defaultOrganisation = "00000000-0000-7000-8000-000000000001";

declare module "../platform/database/tables.ts" {
  interface Tables {
    organisations: OrganisationsTable;
  }
}
