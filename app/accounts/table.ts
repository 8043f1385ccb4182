import type { Role } from "../http/access.ts";

/** Somebody who may sign in, for one organisation. */
export interface UsersTable {
  id: Buffer;
  organisation_id: Buffer;
  /** In small letters, and nobody else's, in whatever organisation. */
  email: string;
  name: string;
  role: Role;
  /** Argon2id in PHC format; null until the invitation is accepted. */
  password_hash: string | null;
  /** Which pepper the hash was made with; null where there is no hash. */
  pepper_id: string | null;
  password_changed_at: string | null;
  /** When the invitation was issued that counts now; null where there is none. */
  invited_at: string | null;
  disabled_at: string | null;
  last_signed_in_at: string | null;
  /** Every change that others may make raises it; a change request names the version it saw. */
  version: number;
  created_at: string;
  updated_at: string;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    users: UsersTable;
  }
}
