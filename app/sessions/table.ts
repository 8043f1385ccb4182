/** A signed-in browser or client: every access token and refresh token names one. */
export interface SessionsTable {
  id: Buffer;
  user_id: Buffer;
  organisation_id: Buffer;
  /** How often the session was refreshed: a refresh token is for one generation. */
  generation: number;
  /** Random: enters every refresh token of the session. */
  seed: Buffer;
  user_agent: string;
  created_at: string;
  refreshed_at: string;
  /** It ends then unless it is refreshed before, and at `ends_at` in any case. */
  expires_at: string;
  ends_at: string;
  revoked_at: string | null;
  revoked_reason: string | null;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    sessions: SessionsTable;
  }
}
