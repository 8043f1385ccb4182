import { type Selectable, sql } from "kysely";
import { type Connection, statement } from "../platform/database/statement.ts";
import { idFromBytes } from "../platform/ids.ts";
import type { SessionsTable } from "./table.ts";

/** A session as the database has it. */
export type SessionRow = Selectable<SessionsTable>;

/**
 * The database's clock: replicas ask for what was revoked since a moment, so one clock must tell all of these moments. (Every
 * connection of the API is in UTC.)
 */
const databaseNow = sql<string>`utc_timestamp(3)`;

const columns = [
  "id",
  "user_id",
  "organisation_id",
  "generation",
  "seed",
  "user_agent",
  "created_at",
  "refreshed_at",
  "expires_at",
  "ends_at",
  "revoked_at",
  "revoked_reason",
] as const satisfies readonly (keyof SessionsTable)[];

const insertRow = statement(columns, (db, row: SessionRow) => db.insertInto("sessions").values(row));

const readRow = statement(["id"], (db, { id }: Pick<SessionRow, "id">) =>
  db.selectFrom("sessions").selectAll().where("id", "=", id),
);

const lockRow = statement(["id"], (db, { id }: Pick<SessionRow, "id">) =>
  db.selectFrom("sessions").selectAll().where("id", "=", id).forUpdate(),
);

const readRevokedAt = statement(["id"], (db, { id }: Pick<SessionRow, "id">) =>
  db.selectFrom("sessions").select("revoked_at").where("id", "=", id),
);

const advanceRow = statement(
  ["id", "generation", "refreshed_at", "expires_at"],
  (db, { id, ...row }: Pick<SessionRow, "id" | "generation" | "refreshed_at" | "expires_at">) =>
    db.updateTable("sessions").set(row).where("id", "=", id),
);

const revokeRow = statement(
  ["id", "revoked_reason"],
  (db, { id, revoked_reason }: Pick<SessionRow, "id" | "revoked_reason">) =>
    db.updateTable("sessions").set({ revoked_at: databaseNow, revoked_reason }).where("id", "=", id),
);

interface LivingValues {
  user_id: Buffer;
  now: string;
}

const readLiving = statement(["user_id", "now"], (db, { user_id, now }: LivingValues) =>
  db
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", user_id)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .orderBy("created_at", "desc"),
);

const lockLiving = statement(["user_id", "now"], (db, { user_id, now }: LivingValues) =>
  db
    .selectFrom("sessions")
    .selectAll()
    .where("user_id", "=", user_id)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .orderBy("created_at", "desc")
    .forUpdate(),
);

const deleteExpired = statement(
  ["user_id", "before"],
  (db, { user_id, before }: { user_id: Buffer; before: string }) =>
    db.deleteFrom("sessions").where("user_id", "=", user_id).where("expires_at", "<", before),
);

const readRevoked = statement(["seconds"], (db, { seconds }: { seconds: number }) =>
  db
    .selectFrom("sessions")
    .select("id")
    .where("revoked_at", ">", sql<string>`utc_timestamp(3) - interval ${seconds} second`),
);

export async function insertSession(db: Connection, row: SessionRow): Promise<void> {
  await insertRow(db, row);
}

export async function findSession(db: Connection, id: Buffer): Promise<SessionRow | undefined> {
  return (await readRow(db, { id }))[0];
}

/** Reads a session and keeps others from changing it until the transaction ends. */
export async function lockSession(transaction: Connection, id: Buffer): Promise<SessionRow | undefined> {
  return (await lockRow(transaction, { id }))[0];
}

/** Whether a session was revoked; also true for one that is no longer kept. */
export async function isRevokedSession(db: Connection, id: Buffer): Promise<boolean> {
  const [row] = await readRevokedAt(db, { id });
  return row?.revoked_at !== null;
}

/** Writes the next generation of a locked session. */
export async function advanceSession(transaction: Connection, row: SessionRow): Promise<void> {
  const { id, generation, refreshed_at, expires_at } = row;
  await advanceRow(transaction, { id, generation, refreshed_at, expires_at });
}

export async function revokeSession(transaction: Connection, id: Buffer, reason: string): Promise<void> {
  await revokeRow(transaction, { id, revoked_reason: reason });
}

/** A user's living sessions, newest first. */
export async function listSessions(db: Connection, userId: Buffer, now: string): Promise<SessionRow[]> {
  return readLiving(db, { user_id: userId, now });
}

export async function lockSessions(
  transaction: Connection,
  userId: Buffer,
  now: string,
): Promise<SessionRow[]> {
  return lockLiving(transaction, { user_id: userId, now });
}

/** Removes a user's sessions that expired before a moment. */
export async function removeExpired(db: Connection, userId: Buffer, before: string): Promise<void> {
  await deleteExpired(db, { user_id: userId, before });
}

/** Ids of the sessions revoked in the last so many seconds. */
export async function revokedWithin(db: Connection, seconds: number): Promise<string[]> {
  const rows = await readRevoked(db, { seconds });
  return rows.map(({ id }) => idFromBytes(id));
}
