import mysql from "mysql2/promise";
import { Failure } from "../shared/failure.ts";
import type { Session } from "./server.ts";

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

/** Whether the account needs TLS; undefined when there is no such account. */
export const readAccount = async (session: Session, user: string): Promise<{ tls: boolean } | undefined> => {
  const sql = "SELECT ssl_type AS tls FROM mysql.user WHERE User = ? AND Host = '%'";
  const [row] = await session.query(sql, [user]);
  return row && { tls: String(row.tls) !== "" };
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
