/** What was answered to a write with an Idempotency-Key (A12), until it expires. */
export interface IdempotencyKeysTable {
  organisation_id: Buffer;
  /** `Actor.name`. */
  caller: string;
  /** "POST /v1/bookings". */
  route: string;
  key_hash: Buffer;
  /** Of what was asked. */
  request_hash: Buffer;
  status: number;
  /** JSON of the answer's own headers. */
  headers: string;
  /** JSON, 64 KiB at most: the table refuses more. */
  body: string;
  created_at: string;
  expires_at: string;
}

declare module "../platform/database/tables.ts" {
  interface Tables {
    idempotency_keys: IdempotencyKeysTable;
  }
}
