/** A program's credential for one organisation. */
export interface ApiKeysTable {
  id: Buffer;
  organisation_id: Buffer;
  name: string;
  /** The admin who made it. */
  created_by: Buffer;
  /** SHA-256 of the secret: 192 random bits need no slow hash. */
  secret_hash: Buffer;
  /** Separated by spaces. */
  scopes: string;
  created_at: string;
  expires_at: string;
  /** To the minute: uses are written together. */
  last_used_at: string | null;
  revoked_at: string | null;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    api_keys: ApiKeysTable;
  }
}
