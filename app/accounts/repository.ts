import type { Insertable, Selectable } from "kysely";
import type { Tier } from "../contract/limits.ts";
import type { StoredPassword } from "../passwords/hasher.ts";
import { type Connection, statement } from "../platform/database/statement.ts";
import { fromDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { User } from "./schema.ts";
import type { UsersTable } from "./table.ts";

/** A user as the database has it. */
export type UserRow = Selectable<UsersTable>;
/** With the tier of the organisation, for what is signed into tokens. */
export type UserWithTier = UserRow & { tier: Tier };

const mutable = [
  "name",
  "role",
  "password_hash",
  "pepper_id",
  "password_changed_at",
  "invited_at",
  "disabled_at",
  "last_signed_in_at",
  "version",
  "updated_at",
] as const satisfies readonly (keyof UsersTable)[];

const readByEmail = statement(["email"], (db, { email }: Pick<UserRow, "email">) =>
  db.selectFrom("users").selectAll().where("email", "=", email),
);

const readWithTier = statement(["id"], (db, { id }: Pick<UserRow, "id">) =>
  db
    .selectFrom("users")
    .innerJoin("organisations", "organisations.id", "users.organisation_id")
    .selectAll("users")
    .select("organisations.tier")
    .where("users.id", "=", id),
);

const lockRow = statement(["id"], (db, { id }: Pick<UserRow, "id">) =>
  db.selectFrom("users").selectAll().where("id", "=", id).forUpdate(),
);

const lockAdmins = statement(
  ["organisation_id"],
  (db, { organisation_id }: Pick<UserRow, "organisation_id">) =>
    db
      .selectFrom("users")
      .select("id")
      .where("organisation_id", "=", organisation_id)
      .where("role", "=", "admin")
      .where("disabled_at", "is", null)
      .forUpdate(),
);

const insertRow = statement(
  ["id", "organisation_id", "email", "created_at", ...mutable],
  (db, row: Insertable<UsersTable>) => db.insertInto("users").values(row),
);

const updateRow = statement(
  ["id", ...mutable],
  (db, { id, ...row }: Pick<UserRow, "id" | (typeof mutable)[number]>) =>
    db.updateTable("users").set(row).where("id", "=", id),
);

interface PageValues {
  organisation_id: Buffer;
  after: Buffer;
  limit: number;
}

const readPage = statement(
  ["organisation_id", "after", "limit"],
  (db, { organisation_id, after, limit }: PageValues) =>
    db
      .selectFrom("users")
      .selectAll()
      .where("organisation_id", "=", organisation_id)
      .where("id", ">", after)
      .orderBy("id")
      .limit(limit),
);

export async function findUserByEmail(db: Connection, email: string): Promise<UserRow | undefined> {
  return (await readByEmail(db, { email }))[0];
}

export async function findUserWithTier(db: Connection, id: Buffer): Promise<UserWithTier | undefined> {
  return (await readWithTier(db, { id }))[0];
}

/** Reads a user and keeps others from changing it until the transaction ends. */
export async function lockUser(transaction: Connection, id: Buffer): Promise<UserRow | undefined> {
  return (await lockRow(transaction, { id }))[0];
}

/** Ids of the organisation's admins who may sign in; nobody else takes or gives that right until the transaction ends. */
export async function lockActiveAdmins(transaction: Connection, organisationId: Buffer): Promise<string[]> {
  const rows = await lockAdmins(transaction, { organisation_id: organisationId });
  return rows.map(({ id }) => idFromBytes(id));
}

export async function insertUser(db: Connection, row: UserRow): Promise<void> {
  await insertRow(db, row);
}

/** Writes a locked user. */
export async function updateUser(transaction: Connection, row: UserRow): Promise<void> {
  const { organisation_id, email, created_at, ...changeable } = row;
  await updateRow(transaction, changeable);
}

/** So many of an organisation's users, oldest first, behind the user `after`. */
export async function listUsers(
  db: Connection,
  organisationId: string,
  after: string,
  limit: number,
): Promise<User[]> {
  const values = { organisation_id: idToBytes(organisationId), after: idToBytes(after), limit };
  return (await readPage(db, values)).map(toUser);
}

/** A row as the API answers it and the audit trail records it: nothing of the password. */
export function toUser(row: UserRow): User {
  const enabled = row.password_hash === null ? "invited" : "active";
  return {
    id: idFromBytes(row.id),
    email: row.email,
    name: row.name,
    role: row.role,
    status: row.disabled_at === null ? enabled : "disabled",
    lastSignedInAt: row.last_signed_in_at && fromDatabaseTime(row.last_signed_in_at),
    version: row.version,
    createdAt: fromDatabaseTime(row.created_at),
    updatedAt: fromDatabaseTime(row.updated_at),
  };
}

/** The password to compare with; undefined for those who must not sign in. */
export function passwordOf(row: UserRow | undefined): StoredPassword | undefined {
  if (row === undefined || row.disabled_at !== null) return undefined;
  const { password_hash: hash, pepper_id: pepperId } = row;
  return hash === null || pepperId === null ? undefined : { hash, pepperId };
}
