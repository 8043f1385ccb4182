import mysql from "mysql2/promise";
import { Failure } from "../shared/failure.ts";
import { column, type Session } from "./server.ts";

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
 * Whether the account needs TLS, and no more than that: a client certificate, which nobody has, would lock everybody out.
 * Undefined when there is no such account.
 */
export const readAccount = async (session: Session, user: string): Promise<{ tls: boolean } | undefined> => {
  const sql = "SELECT ssl_type AS tls FROM mysql.user WHERE User = ? AND Host = '%'";
  const [row] = await session.query(sql, [user]);
  return row && { tls: String(row.tls) === "ANY" };
};

const plugin = "caching_sha2_password";

/** Makes the account when it is missing, with no privilege. TLS is required of it in the same statement. */
export const createAccount = async (session: Session, user: string, password: string): Promise<void> => {
  const identified = `IDENTIFIED WITH ${plugin} BY ${mysql.escape(password)} REQUIRE SSL`;
  await session.query(`CREATE USER IF NOT EXISTS ${account(user)} ${identified}`);
};

/** Sets the account's password. Sessions that are open go on. */
export const setPassword = async (session: Session, user: string, password: string): Promise<void> => {
  const identified = `IDENTIFIED WITH ${plugin} BY ${mysql.escape(password)} REQUIRE SSL ACCOUNT UNLOCK`;
  await session.query(`ALTER USER ${account(user)} ${identified}`);
};

/** Requires TLS of the account again, should somebody have taken that away. @returns whether they had. */
export const requireTls = async (session: Session, user: string): Promise<boolean> => {
  const state = await readAccount(session, user);
  if (!state || state.tls) return false;
  await session.query(`ALTER USER ${account(user)} REQUIRE SSL`);
  return true;
};

/**
 * Removes accounts of the same name for other hosts: MySQL prefers the narrower host, so from there somebody would sign in with
 * a password and rights that nobody here knows. @returns their hosts.
 */
export const dropForeignHosts = async (session: Session, user: string): Promise<string[]> => {
  const sql = "SELECT Host AS host FROM mysql.user WHERE User = ? AND Host <> '%' ORDER BY Host";
  const hosts = column(await session.query(sql, [user]));
  for (const host of hosts)
    await session.query(`DROP USER IF EXISTS ${mysql.escape(user)}@${mysql.escape(host)}`);
  return hosts;
};

/** Takes every role away from the account: the product grants none. @returns their names. */
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
