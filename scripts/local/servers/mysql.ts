import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import mysql from "mysql2/promise";
import { ensureMysql, type MysqlBinary } from "./mysql-binary.ts";
import { mysqlFailure } from "./mysql-failure.ts";
import { copyTemplate, dataTemplate, hasData, storageOptions } from "./mysql-template.ts";
import { giveTo, type Owner, privateDirectory, serverOwner } from "./owner.ts";
import { freePort, requirePort } from "./ports.ts";
import { clearStale, type ServerProcess, startServer } from "./process.ts";

export interface MysqlOptions {
  /** Folder of this server: made when missing, its data kept when there. */
  dataDir: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  port?: number;
  /** PEM texts; plain connections are refused. */
  tls: { ca: string; cert: string; key: string };
  /** The master user, as RDS makes one (its privileges, any host). Every start sets its password. */
  adminUser?: string;
  /** 32 random characters by default. */
  adminPassword?: string;
  /** Further dynamic privileges of the master user, for what RDS has stored procedures for: REPLICATION_SLAVE_ADMIN. */
  adminPrivileges?: readonly string[];
  /** Costs 110 MiB; off by default. */
  performanceSchema?: boolean;
  /** Survives a crash of the machine, at the price of slower commits. Off by default: a crash of the server loses nothing. */
  durable?: boolean;
  /** Further server variables, as a parameter group would set them: `{ long_query_time: "1" }`. */
  settings?: Readonly<Record<string, string>>;
  /** What the error for a broken data directory tells a person to type. Default: remove the folder. */
  resetCommand?: string;
}

export interface MysqlServer {
  host: "localhost";
  port: number;
  adminUser: string;
  adminPassword: string;
  socket: string;
  version: string;
  pid: number;
  /** Resolves when the server has ended, asked or not, with how it ended. */
  ended: Promise<string>;
  /** Ends it: no process, socket or port is left. The data stays. */
  stop(): Promise<void>;
  /** Ends it as a crash would, at once: for tests and drills. Committed data survives, the socket's file stays behind. */
  kill(): Promise<void>;
}

/**
 * What the master user of RDS for MySQL has (rds_superuser_role): no SUPER, FILE or SHUTDOWN, so that what works here works
 * there. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html
 */
const masterPrivileges =
  "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, " +
  "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, " +
  "CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, CREATE ROLE, DROP ROLE";
const masterDynamicPrivileges = "APPLICATION_PASSWORD_ADMIN, ROLE_ADMIN, XA_RECOVER_ADMIN";
const startDeadlineMs = 60_000;

/**
 * Sizes of the tables of performance_schema that nobody reads: by default they take 100 of its 220 MiB. What each shape of
 * statement costs, and the last statements of each connection, are kept as by default.
 */
const smallPerformanceSchema: Readonly<Record<string, string>> = {
  accounts_size: "10",
  hosts_size: "10",
  users_size: "10",
  error_size: "1",
  events_statements_history_long_size: "100",
};

/**
 * Starts a MySQL server on 127.0.0.1: TLS required, ROW binlog, UTC, caching_sha2_password, about 150 MiB.
 * A second start on the same folder keeps its data. Throws, in words for a person, when MySQL is missing, the
 * port is taken, the folder is in use or its data is broken.
 */
export const startMysql = async (options: MysqlOptions): Promise<MysqlServer> => {
  const binary = await ensureMysql();
  const home = options.dataDir;
  if (options.port) await requirePort(options.port, "MySQL", "choose another port for MySQL");
  mkdirSync(home, { recursive: true });
  const files = filesOf(home);
  await clearStale(files.pid, home, `The MySQL data directory ${home}`);
  if (!hasData(files.data)) await copyTemplate(await dataTemplate(binary), files.data);
  const owner = serverOwner("mysql", files.data, binary.mysqld);
  const admin = {
    user: options.adminUser ?? "admin",
    password: options.adminPassword ?? randomBytes(16).toString("hex"),
  };
  writeFiles(files, options, admin, owner);
  const port = options.port ?? (await freePort());
  const child = await startServer({
    command: binary.mysqld,
    args: serverArgs(binary, files, port, options, owner),
    logFile: files.log,
    pidFile: files.pid,
    owner,
    // Nobody would be left to insist, and one whose disk is full never ends by itself; InnoDB recovers from worse.
    orphaned: "SIGKILL",
  });
  try {
    await ready(child, port, admin, options.tls.ca);
  } catch (cause) {
    await child.stop();
    throw mysqlFailure({ log: files.log, home, port, resetCommand: options.resetCommand, cause });
  } finally {
    rmSync(files.init, { force: true });
  }
  return {
    host: "localhost",
    port,
    adminUser: admin.user,
    adminPassword: admin.password,
    socket: join(files.data, "mysql.sock"),
    version: binary.version,
    pid: child.pid,
    ended: child.ended,
    stop: () => child.stop(),
    kill: () => child.kill(),
  };
};

const filesOf = (home: string) => ({
  data: join(home, "data"),
  tls: join(home, "tls"),
  log: join(home, "error.log"),
  pid: join(home, "server.pid"),
  init: join(home, "tls", "init.sql"),
});
type Files = ReturnType<typeof filesOf>;

/** Certificates and the start-up SQL, readable by the server alone. */
const writeFiles = (
  files: Files,
  options: MysqlOptions,
  admin: { user: string; password: string },
  owner: Owner | undefined,
): void => {
  privateDirectory(files.tls, undefined);
  for (const part of ["ca", "cert", "key"] as const) {
    writeFileSync(join(files.tls, `${part}.pem`), options.tls[part], { mode: 0o600 });
  }
  writeFileSync(files.init, startupSql(admin, options.adminPrivileges ?? []), { mode: 0o600 });
  writeFileSync(files.log, "", { mode: 0o600 });
  if (!owner) return;
  giveTo(files.tls, owner);
  giveTo(files.data, owner);
};

/** One statement a line, as --init-file wants it. Not in the binlog: a replayed log must not bring old passwords back. */
const startupSql = (
  admin: { user: string; password: string },
  furtherPrivileges: readonly string[],
): string => {
  const account = `${quote(admin.user)}@'%'`;
  return [
    "SET sql_log_bin = 0;",
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY ${quote(admin.password)};`,
    `ALTER USER ${account} IDENTIFIED BY ${quote(admin.password)};`,
    `GRANT ${masterPrivileges} ON *.* TO ${account} WITH GRANT OPTION;`,
    `GRANT ${[masterDynamicPrivileges, ...furtherPrivileges].join(", ")} ON *.* TO ${account} WITH GRANT OPTION;`,
    "ALTER USER 'root'@'localhost' ACCOUNT LOCK;",
    "",
  ].join("\n");
};

const quote = (text: string): string => mysql.escape(text);

const serverArgs = (
  binary: MysqlBinary,
  files: Files,
  port: number,
  options: MysqlOptions,
  owner: Owner | undefined,
): string[] => [
  "--no-defaults",
  ...(binary.baseDir ? [`--basedir=${binary.baseDir}`] : []),
  `--datadir=${files.data}`,
  ...storageOptions,
  // Relative, therefore in the data directory, and never too long for a socket's name.
  "--socket=mysql.sock",
  "--pid-file=mysqld.pid",
  "--bind-address=127.0.0.1",
  `--port=${port}`,
  "--loose-mysqlx=OFF",
  `--init-file=${files.init}`,
  `--ssl-ca=${join(files.tls, "ca.pem")}`,
  `--ssl-cert=${join(files.tls, "cert.pem")}`,
  `--ssl-key=${join(files.tls, "key.pem")}`,
  "--tls-version=TLSv1.2,TLSv1.3",
  "--require-secure-transport=ON",
  "--log-bin=binlog",
  "--server-id=1",
  "--skip-name-resolve",
  "--default-time-zone=+00:00",
  "--secure-file-priv=NULL",
  "--max-connections=200",
  "--innodb-flush-log-at-trx-commit=2",
  "--sync-binlog=0",
  ...(options.durable ? ["--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1"] : []),
  `--loose-performance-schema=${options.performanceSchema ? "ON" : "OFF"}`,
  ...Object.entries(smallPerformanceSchema).map(
    ([name, value]) => `--loose-performance-schema-${name.replaceAll("_", "-")}=${value}`,
  ),
  ...Object.entries(options.settings ?? {}).map(([name, value]) => `--${name.replaceAll("_", "-")}=${value}`),
  ...(owner || process.getuid?.() !== 0 ? [] : ["--user=root"]),
];

/** Signs in as the master user over verified TLS until that works, the server ends or the deadline passes. */
const ready = async (
  child: ServerProcess,
  port: number,
  admin: { user: string; password: string },
  ca: string,
): Promise<void> => {
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    try {
      const connection = await mysql.createConnection({ host: "localhost", port, ...admin, ssl: { ca } });
      return await connection.end();
    } catch (error) {
      const end = child.endedAs();
      if (end !== undefined) throw new Error(`it ended while starting (${end})`);
      if (Date.now() > deadline)
        throw new Error(`it did not answer within ${startDeadlineMs / 1000} s`, { cause: error });
      await delay(30);
    }
  }
};
