import { randomBytes } from "node:crypto";
import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { afterAll, inject } from "vitest";
import {
  type MysqlOptions,
  type MysqlServer,
  startMysql,
  temporaryFolder,
} from "../../scripts/local/servers/index.ts";

/** Someone who may sign in. */
interface MysqlLogin {
  username: string;
  password: string;
}

/** A real MySQL for one test file. */
export interface TestMysql {
  host: string;
  port: number;
  /** PEM text to verify the server with. */
  ca: string;
  /** The same as a file, for NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** The master user, with the privileges that RDS gives one. */
  admin: MysqlLogin;
  /** An empty schema of this file's own, dropped afterwards. */
  schema: string;
  /** A name that no other file uses, for users and schemas of your own: `name("app")` → "t3f9a1_app". */
  name(suffix: string): string;
  /** Runs one statement as the master user, in `schema`. */
  query(sql: string, values?: unknown[]): Promise<RowDataPacket[]>;
  /** A connection over verified TLS, closed after the file. Throws what the server says when it refuses. */
  connect(login: MysqlLogin, database?: string): Promise<Connection>;
}

/** A server that this test file has to itself. */
export type OwnMysql = TestMysql & { server: MysqlServer };

/**
 * An isolated corner of the run's shared server: a schema and names of its own. Call it at the top of a file:
 * `const database = await withMysql();`. Users and schemas made with `name()` are dropped after the file.
 */
export const withMysql = async (): Promise<TestMysql> => {
  const { mysql: shared, caFile } = inject("servers");
  const { host, port, ca } = shared;
  const admin = { username: shared.adminUser, password: shared.adminPassword };
  const prefix = `t${randomBytes(3).toString("hex")}`;
  const corner = await open({ host, port, ca, caFile, admin, prefix, schema: `${prefix}_data` });
  afterAll(() => corner.clear());
  return corner.database;
};

/**
 * A server of this file's own (half a second, 150 MiB): for tests that need the contract's fixed schema and user names,
 * other settings, or to stop the server. Call it at the top of a file: `const database = await withOwnMysql();`.
 */
export const withOwnMysql = async (
  options: Partial<Pick<MysqlOptions, "settings" | "performanceSchema" | "port">> & { schema?: string } = {},
): Promise<OwnMysql> => {
  const { ca, cert, key, caFile } = inject("servers");
  const { schema = "bulwark", ...rest } = options;
  const folder = temporaryFolder("own-mysql");
  const server = await startMysql({ dataDir: `${folder.path}/mysql`, tls: { ca, cert, key }, ...rest });
  const admin = { username: server.adminUser, password: server.adminPassword };
  const corner = await open({
    host: server.host,
    port: server.port,
    ca,
    caFile,
    admin,
    prefix: "own",
    schema,
  });
  afterAll(async () => {
    await corner.disconnect();
    await server.kill();
    folder.remove();
  });
  return { ...corner.database, server };
};

type MysqlAccess = Pick<TestMysql, "host" | "port" | "ca" | "caFile" | "admin" | "schema"> & {
  prefix: string;
};

const open = async (access: MysqlAccess) => {
  const { host, port, ca, caFile, admin, schema, prefix } = access;
  const connections: Connection[] = [];
  const connect = async (login: MysqlLogin, database?: string): Promise<Connection> => {
    const { username: user, password } = login;
    const connection = await mysql.createConnection({ host, port, user, password, database, ssl: { ca } });
    // A server that a test stops must not end the test run with an unhandled event.
    connection.on("error", () => undefined);
    connections.push(connection);
    return connection;
  };
  const first = await connect(admin);
  await first.query(`CREATE DATABASE IF NOT EXISTS ${mysql.escapeId(schema)}`);
  await first.query(`USE ${mysql.escapeId(schema)}`);
  const query = async (sql: string, values: unknown[] = []): Promise<RowDataPacket[]> => {
    const [rows] = await first.query<RowDataPacket[]>(sql, values);
    return rows;
  };
  const name = (suffix: string): string => `${prefix}_${suffix}`;
  const disconnect = async (): Promise<void> => {
    for (const connection of connections) connection.destroy();
  };
  const clear = async (): Promise<void> => {
    const users = await query("SELECT user AS name, host FROM mysql.user WHERE user LIKE ?", [
      `${prefix}\\_%`,
    ]);
    for (const user of users) await query("DROP USER ?@?", [user.name, user.host]);
    const made = await query(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE ?",
      [`${prefix}\\_%`],
    );
    for (const { name: database } of made) await query("DROP DATABASE ??", [database]);
    await disconnect();
  };
  const database: TestMysql = { host, port, ca, caFile, admin, schema, name, query, connect };
  return { database, clear, disconnect };
};
