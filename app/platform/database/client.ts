import type { ConnectionOptions } from "mysql2";
import type { DatabaseCredentials } from "../../contract/secret-values.ts";
import type { Trust } from "../trust.ts";

/** Longest time for a server to accept a login, milliseconds. */
const connectTimeoutMs = 5_000;

/** How every connection of the API is made. */
export const connectionOptions = (credentials: DatabaseCredentials, trust: Trust): ConnectionOptions => ({
  host: credentials.host,
  port: credentials.port,
  user: credentials.username,
  password: credentials.password,
  database: credentials.dbname,
  ssl: trust.database,
  connectTimeout: connectTimeoutMs,
  charset: "utf8mb4",
  // Times are UTC on the wire; each session is set to UTC as well.
  timezone: "Z",
  // Read as they are: times.ts says why.
  dateStrings: true,
});
