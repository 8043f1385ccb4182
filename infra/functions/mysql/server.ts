import { setTimeout as pause } from "node:timers/promises";
import mysql from "mysql2/promise";
import type { Failure } from "../shared/failure.ts";

export type Row = Readonly<Record<string, unknown>>;
/** A signed-in connection. */
export interface Session {
  query(sql: string, values?: readonly (string | number)[]): Promise<Row[]>;
  end(): Promise<void>;
}

/** A MySQL server, always spoken to over verified TLS. */
export interface MysqlServer {
  host: string;
  port: number;
  /** Signs in; "refused" if the server rejects these credentials. Throws any other error. */
  login(user: string, password: string): Promise<Session | "refused">;
}

/** How long to wait for a server, milliseconds. */
export interface Patience {
  connectMs: number;
  queryMs: number;
}

const patience: Patience = { connectMs: 5_000, queryMs: 15_000 };
/** How long a server may take to say goodbye. */
const goodbyeMs = 1_000;

/** The server's errors for credentials it rejects: unknown, wrong, locked, expired. */
const refusals = new Set([
  "ER_ACCESS_DENIED_ERROR",
  "ER_ACCESS_DENIED_NO_PASSWORD_ERROR",
  "ER_ACCOUNT_HAS_BEEN_LOCKED",
  "ER_MUST_CHANGE_PASSWORD_LOGIN",
]);

/** @param authorities PEM certificates of the authorities that may vouch for the server. */
export const mysqlServer = (
  { host, port, authorities }: { host: string; port: number; authorities: string[] },
  { connectMs, queryMs }: Patience = patience,
): MysqlServer => {
  // Without verifyIdentity mysql2 takes any certificate of a trusted authority, such as another customer's database.
  const ssl = { ca: authorities, minVersion: "TLSv1.2", rejectUnauthorized: true, verifyIdentity: true };
  const login = async (user: string, password: string): Promise<Session | "refused"> => {
    try {
      const options = { host, port, user, password, ssl, connectTimeout: connectMs };
      return session(await mysql.createConnection(options), queryMs);
    } catch (error) {
      if (error instanceof Error && "code" in error && refusals.has(String(error.code))) return "refused";
      throw error;
    }
  };
  return { host, port, login };
};

const session = (connection: mysql.Connection, queryMs: number): Session => {
  // Without a listener, a connection that breaks between two queries would end the process; the next query fails.
  connection.on("error", () => {});
  return {
    query: async (sql, values = []) => {
      const [rows]: [unknown, unknown] = await connection.query({
        sql,
        values: [...values],
        timeout: queryMs,
      });
      return Array.isArray(rows) ? rows.flat().filter(isRow) : []; // CALL answers with rows in rows
    },
    end: async () => {
      // The work is done by now: a server that is gone, or hangs, cannot close properly.
      const goodbye = connection.end().catch(() => undefined);
      await Promise.race([goodbye, pause(goodbyeMs, undefined, { ref: false })]);
      connection.destroy();
    },
  };
};

const isRow = (row: unknown): row is Row => typeof row === "object" && row !== null && !Array.isArray(row);

/** Signs in, works, signs out. @throws Failure `reason` when the credentials are refused. */
export const asUser = async <Result>(
  server: MysqlServer,
  credentials: { username: string; password: string },
  refused: Failure,
  work: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const session = await server.login(credentials.username, credentials.password);
  if (session === "refused") throw refused;
  try {
    return await work(session);
  } finally {
    await session.end();
  }
};

/** One column of every row, as text. */
export const column = (rows: readonly Row[]): string[] => rows.map((row) => String(Object.values(row)[0]));
