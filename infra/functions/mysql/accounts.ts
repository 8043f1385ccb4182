import mysql from "mysql2/promise";
import { Failure } from "../shared/failure.ts";
import { column, type MysqlServer, type Session } from "./server.ts";

/** MySQL's limit for user names. */
const longestName = 32;
const suffix = "_clone";

/** The name that alternates with this one: `app` ↔ `app_clone`. @throws Failure when it would not fit. */
export const alternateName = (user: string): string => {
  const other = user.endsWith(suffix) ? user.slice(0, -suffix.length) : `${user}${suffix}`;
  if (other.length > 0 && other.length <= longestName) return other;
  const message = `"${other}", the user that alternates with "${user}", must have 1 to ${longestName} characters`;
  throw new Failure("user-name-too-long", message);
};

/** `'user'@'%'`, quoted: names cannot be parameters of account statements. */
export const account = (user: string): string => `${mysql.escape(user)}@'%'`;

/**
 * Whether the account needs TLS and nothing more (a required client certificate, which no client has, would lock all out), and
 * whether it is locked. Undefined when no such account exists.
 */
export const readAccount = async (
  session: Session,
  user: string,
): Promise<{ tls: boolean; locked: boolean } | undefined> => {
  const sql =
    "SELECT ssl_type AS tls, account_locked AS locked FROM mysql.user WHERE User = ? AND Host = '%'";
  const [row] = await session.query(sql, [user]);
  return row && { tls: String(row.tls) === "ANY", locked: String(row.locked) === "Y" };
};

const identified = (password: string): string =>
  `IDENTIFIED WITH caching_sha2_password BY ${mysql.escape(password)} REQUIRE SSL`;

/**
 * Creates a missing account without privileges, with TLS required, and locked, so that no client logs in before its grants
 * exist. It does not touch an existing one: even CREATE USER IF NOT EXISTS would record the password in its history, and
 * the server would then refuse to set it.
 * @returns whether it created one.
 */
export const createAccount = async (session: Session, user: string, password: string): Promise<boolean> => {
  if (await readAccount(session, user)) return false;
  await withPassword(
    session,
    `CREATE USER IF NOT EXISTS ${account(user)} ${identified(password)} ACCOUNT LOCK`,
  );
  return true;
};

/**
 * Admits the account with this password: unlocks it, and sets the password if the server refuses it. Call it once the grants
 * exist. Open sessions continue.
 * @returns what changed, in words.
 */
export const openAccount = async (
  session: Session,
  server: MysqlServer,
  { username, password }: { username: string; password: string },
): Promise<string[]> => {
  const changes: string[] = [];
  if ((await readAccount(session, username))?.locked) {
    await session.query(`ALTER USER ${account(username)} ACCOUNT UNLOCK`);
    changes.push(`unlocked ${username}`);
  }
  const login = await server.login(username, password);
  if (login !== "refused") {
    await login.end();
    return changes;
  }
  // Only when needed: a server that remembers old passwords refuses the same one twice.
  await withPassword(session, `ALTER USER ${account(username)} ${identified(password)}`);
  return [...changes, `set the password of ${username} to the secret's`];
};

/** MySQL's refusals of a password: its rules (validate_password), its history. */
const unfit = new Set(["ER_NOT_VALID_PASSWORD", "ER_CREDENTIALS_CONTRADICT_TO_HISTORY"]);

/** @throws Failure `value-refused` when the password is not one that the server takes. */
const withPassword = async (session: Session, statement: string): Promise<void> => {
  try {
    await session.query(statement);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!unfit.has(code)) throw error;
    // No cause: it would carry the statement.
    throw new Failure("value-refused", `MySQL does not take the password (${code})`);
  }
};

/** Requires TLS of the account again if somebody removed that. @returns whether it was missing. */
export const requireTls = async (session: Session, user: string): Promise<boolean> => {
  const state = await readAccount(session, user);
  if (!state || state.tls) return false;
  await session.query(`ALTER USER ${account(user)} REQUIRE SSL`);
  return true;
};

/**
 * Removes accounts of the same name for other hosts: MySQL prefers the narrower host, so clients there would sign in with
 * an unmanaged password and rights. @returns their hosts.
 */
export const dropForeignHosts = async (session: Session, user: string): Promise<string[]> => {
  const sql = "SELECT Host AS host FROM mysql.user WHERE User = ? AND Host <> '%' ORDER BY Host";
  const hosts = column(await session.query(sql, [user]));
  for (const host of hosts)
    await session.query(`DROP USER IF EXISTS ${mysql.escape(user)}@${mysql.escape(host)}`);
  return hosts;
};

/** Revokes every role of the account: the product grants none. @returns their names. */
export const revokeRoles = async (session: Session, user: string): Promise<string[]> => {
  const sql =
    "SELECT FROM_USER AS role, FROM_HOST AS host FROM mysql.role_edges WHERE TO_USER = ? AND TO_HOST = '%'";
  const roles = await session.query(sql, [user]);
  for (const { role, host } of roles) {
    const name = `${mysql.escape(String(role))}@${mysql.escape(String(host))}`;
    await session.query(`REVOKE ${name} FROM ${account(user)}`);
  }
  return roles.map(({ role }) => String(role));
};
