import type { Selectable } from "kysely";
import { type Connection, statement } from "../platform/database/statement.ts";
import type { IdempotencyKeysTable } from "./table.ts";

type KeyRow = Selectable<IdempotencyKeysTable>;
const scope = ["organisation_id", "caller", "route", "key_hash"] as const;
/** Whose key it is, and for what. */
export type KeyScope = Pick<KeyRow, (typeof scope)[number]>;

const answer = [
  "request_hash",
  "status",
  "headers",
  "body",
  "created_at",
  "expires_at",
] as const satisfies readonly (keyof KeyRow)[];

export const findKey = statement([...scope, "now"], (db, values: KeyScope & { now: string }) =>
  db
    .selectFrom("idempotency_keys")
    .select(["request_hash", "status", "headers", "body"])
    .where("organisation_id", "=", values.organisation_id)
    .where("caller", "=", values.caller)
    .where("route", "=", values.route)
    .where("key_hash", "=", values.key_hash)
    .where("expires_at", ">", values.now),
);

/** Over one that has expired and is still there. */
export const insertKey = statement([...scope, ...answer], (db, row: KeyRow) => {
  const { organisation_id, caller, route, key_hash, ...changed } = row;
  return db.insertInto("idempotency_keys").values(row).onDuplicateKeyUpdate(changed);
});

interface Expired {
  now: string;
  limit: number;
}

const deleteExpired = statement(["now", "limit"], (db, { now, limit }: Expired) =>
  db.deleteFrom("idempotency_keys").where("expires_at", "<=", now).orderBy("expires_at").limit(limit),
);

/** Removes so many of the keys that have expired, the oldest first. */
export async function removeExpired(db: Connection, now: string, limit: number): Promise<void> {
  await deleteExpired(db, { now, limit });
}
