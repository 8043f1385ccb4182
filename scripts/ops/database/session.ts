import { connect as tcp } from "node:net";
import tls from "node:tls";
import mysql, { type Connection, type RowDataPacket } from "mysql2";
import {
  type DatabaseCredentials,
  databaseCredentials,
  masterCredentials,
} from "../../../app/contract/secret-values.ts";
import { type RotatedBy, secretName } from "../../../app/contract/secrets.ts";
import { createTrust, type Trust } from "../../../app/platform/trust.ts";
import { secretValue } from "../secret-value.ts";
import type { EnvironmentAccess } from "./access.ts";

/** How to sign in to a server. */
export type Login = Pick<DatabaseCredentials, "host" | "port" | "username" | "password"> & {
  /** PEM texts of authorities besides those of RDS and the public ones. */
  authorities?: readonly string[];
  /** A tunnel's end to connect to in the server's stead; the certificate must still be the server's. */
  via?: { host: string; port: number } | undefined;
};

type Row = Readonly<Record<string, unknown>>;

/** A signed-in connection. Values come as text or numbers, JSON and dates as text. */
export interface Session {
  query(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Rows one by one, each column as the bytes the server sent; the server waits while nobody reads. */
  rows(sql: string): AsyncIterable<(Buffer | null)[]>;
  end(): Promise<void>;
}

const connectTimeoutMs = 10_000;
/** Rows waiting to be read: enough to keep the socket busy, little enough to hold the largest rows. */
const rowsAhead = 256;

const trusts = new Map<string, Trust>();

/** One for each set of authorities: see `createTrust`. */
const trustIn = (authorities: readonly string[]): Trust => {
  const key = authorities.join();
  const trust = trusts.get(key) ?? createTrust(authorities);
  trusts.set(key, trust);
  return trust;
};

/** Opens a connection over verified TLS. */
export const openSession = async (login: Login): Promise<Session> => {
  const { host, port, username: user, password, via } = login;
  const trust = trustIn([...(login.authorities ?? []), ...tls.getCACertificates("extra")]);
  const connection = mysql.createConnection({
    host,
    port,
    user,
    password,
    ssl: trust.database,
    ...(via ? { stream: () => tcp(via.port, via.host) } : {}),
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    charset: "utf8mb4_0900_ai_ci",
    timezone: "Z",
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
  });
  // A connection that breaks between two statements reports to nobody otherwise, which ends the process; the next one fails.
  connection.on("error", () => undefined);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.connect((error) => (error ? reject(error) : resolve()));
  try {
    await promise;
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return session(connection);
};

const session = (connection: Connection): Session => ({
  query: async (sql, values = []) => {
    const [rows] = await connection.promise().query<RowDataPacket[]>(sql, [...values]);
    return Array.isArray(rows) ? rows : [];
  },
  async *rows(sql) {
    const query = connection.query<RowDataPacket[]>({ sql, rowsAsArray: true, typeCast: false });
    const stream = query.stream({ highWaterMark: rowsAhead });
    let finished = false;
    try {
      for await (const row of stream) yield row;
      finished = true;
    } finally {
      // Otherwise the rest of this answer would come before the answer to the next statement.
      if (!finished) connection.destroy();
    }
  },
  end: async () => {
    await connection
      .promise()
      .end()
      .catch(() => connection.destroy());
  },
});

/** Signs in, works, signs out. */
export const withSession = async <Result>(
  login: Login,
  work: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const opened = await openSession(login);
  try {
    return await work(opened);
  } finally {
    await opened.end();
  }
};

export interface LoginOptions {
  /** Whose secret to sign in with. */
  purpose: RotatedBy<"mysql-user">;
  /** Another secret with `username` and `password`, such as the master user's that RDS manages. */
  secret?: string | undefined;
  via?: Login["via"];
}

/** The login of an environment's database, from Secrets Manager. @throws CommandError when there is none */
export const loginOf = async (access: EnvironmentAccess, options: LoginOptions): Promise<Login> => {
  const own = await secretValue(access, secretName(access.environment, options.purpose), databaseCredentials);
  const other = options.secret ? await secretValue(access, options.secret, masterCredentials) : own;
  const { username, password } = other;
  const { host, port } = own;
  return { host, port, username, password, authorities: access.authorities, via: options.via };
};
