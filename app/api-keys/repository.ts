import { type Selectable, sql } from "kysely";
import { type Scope, scopes } from "../http/access.ts";
import { type Connection, statement } from "../platform/database/statement.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { ApiKey } from "./schema.ts";
import type { ApiKeysTable } from "./table.ts";

export type KeyRow = Selectable<ApiKeysTable>;
type ById = Pick<KeyRow, "id" | "organisation_id">;

const insertRow = statement(
  [
    "id",
    "organisation_id",
    "name",
    "created_by",
    "secret_hash",
    "scopes",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
  ],
  (db, row: KeyRow) => db.insertInto("api_keys").values(row),
);

const readHolder = statement(["id"], (db, { id }: Pick<KeyRow, "id">) =>
  db
    .selectFrom("api_keys")
    .innerJoin("organisations", "organisations.id", "api_keys.organisation_id")
    .select(["organisation_id", "tier", "secret_hash", "scopes", "expires_at", "revoked_at"])
    .where("api_keys.id", "=", id),
);

const readUnrevoked = statement(["organisation_id"], (db, row: Pick<KeyRow, "organisation_id">) =>
  db
    .selectFrom("api_keys")
    .selectAll()
    .where("organisation_id", "=", row.organisation_id)
    .where("revoked_at", "is", null)
    .orderBy("id"),
);

const lockUnrevoked = statement(["id", "organisation_id"], (db, { id, organisation_id }: ById) =>
  db
    .selectFrom("api_keys")
    .selectAll()
    .where("id", "=", id)
    .where("organisation_id", "=", organisation_id)
    .where("revoked_at", "is", null)
    .forUpdate(),
);

const setRevoked = statement(["id", "revoked_at"], (db, row: Pick<KeyRow, "id" | "revoked_at">) =>
  db.updateTable("api_keys").set({ revoked_at: row.revoked_at }).where("id", "=", row.id),
);

/** The ids travel as one JSON text, so that one prepared statement serves any number of them. */
const setLastUsed = statement(["at", "ids"], (db, { at, ids }: { at: string; ids: string }) =>
  db
    .updateTable("api_keys")
    .set({ last_used_at: at })
    .where(
      sql<boolean>`id in (select unhex(used.id) from json_table(${ids}, '$[*]' columns (id char(32) path '$')) as used)`,
    ),
);

export const insertKey = (transaction: Connection, row: KeyRow): Promise<unknown> =>
  insertRow(transaction, row);

/** What is known of a key's holder, revoked or not. */
export async function findHolder(db: Connection, id: Buffer) {
  const [row] = await readHolder(db, { id });
  return row;
}

/** The organisation's keys that are not revoked, oldest first. */
export async function findKeys(db: Connection, organisationId: string): Promise<ApiKey[]> {
  const rows = await readUnrevoked(db, { organisation_id: idToBytes(organisationId) });
  return rows.map(toApiKey);
}

/** Reads a key that is not revoked, and keeps others from changing it until the transaction ends. */
export async function lockKey(
  transaction: Connection,
  organisationId: string,
  id: string,
): Promise<KeyRow | undefined> {
  const [row] = await lockUnrevoked(transaction, {
    id: idToBytes(id),
    organisation_id: idToBytes(organisationId),
  });
  return row;
}

export const revokeKey = (transaction: Connection, id: Buffer, at: Date): Promise<unknown> =>
  setRevoked(transaction, { id, revoked_at: toDatabaseTime(at) });

export const writeLastUsed = (db: Connection, ids: readonly string[], at: Date): Promise<unknown> =>
  setLastUsed(db, {
    at: toDatabaseTime(at),
    ids: JSON.stringify(ids.map((id) => id.replaceAll("-", ""))),
  });

/** A row as the API answers it. */
export const toApiKey = (row: KeyRow): ApiKey => ({
  id: idFromBytes(row.id),
  name: row.name,
  scopes: scopesOf(row.scopes),
  createdBy: idFromBytes(row.created_by),
  createdAt: fromDatabaseTime(row.created_at),
  expiresAt: fromDatabaseTime(row.expires_at),
  lastUsedAt: row.last_used_at && fromDatabaseTime(row.last_used_at),
});

/** The scopes of a row that this version knows: another one may have been taken out since. */
export const scopesOf = (text: string): Scope[] => {
  const given = text.split(" ");
  return scopes.filter((scope) => given.includes(scope));
};
