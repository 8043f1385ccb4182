import { Kysely, MysqlDialect, sql } from "kysely";
import { type MigrationResultSet, Migrator, NO_MIGRATIONS } from "kysely/migration";
import mysql from "mysql2";
import type { DatabaseCredentials } from "../contract/secret-values.ts";
import { databaseFailure } from "../platform/database/failures.ts";
import type { Logger } from "../platform/logging.ts";
import { retryWhen } from "../platform/resilience.ts";
import type { Trust } from "../platform/trust.ts";
import { migrations } from "./index.ts";
import { hasColumn } from "./present.ts";

export const migrationCommands = ["up", "down", "down-all", "status"] as const;
export type MigrationCommand = (typeof migrationCommands)[number];

export interface MigrationOptions {
  credentials: DatabaseCredentials;
  trust: Trust;
  logger: Logger;
}

/** A database that is still coming up is waited for: about a minute. */
const patience = { attempts: 30, firstPause: 200, longestPause: 2_500 };

/**
 * Longest that a statement waits for a table in use, seconds. Every later statement on that table, reads too, waits behind it, and
 * MySQL's own default is a year.
 */
const tableWaitSeconds = 1;
/** A table is in use as long as a transaction that has read it, such as a backup's: it is tried again for about five minutes. */
const inUse = { attempts: 30, firstPause: 200, longestPause: 10_000 };

/**
 * Brings the schema up to date, takes the last step or all steps back, or tells how far it is. Two runs at once are safe: the
 * second waits for the lock that MySQL keeps for the first, and finds nothing left to do.
 * @throws the error of the step that failed; steps before it stay done, and it can be run again.
 */
export async function migrate(command: MigrationCommand, options: MigrationOptions): Promise<void> {
  const { logger } = options;
  const db = connect(options);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  try {
    await waitForServer(db, logger);
    if (command === "status") return await report(migrator, logger);
    if (command === "up" && (await isAhead(db))) {
      logger.warn(
        "a later version has migrated this database: nothing to do, since this one runs on it, too",
      );
      return;
    }
    const retry = retryWhen((error) => databaseFailure(error) === "timeout", inUse);
    await retry.execute(async () => finish(await run(migrator, command), logger));
  } finally {
    await db.destroy();
  }
}

function connect({ credentials, trust }: MigrationOptions): Kysely<unknown> {
  const { host, port, username, password, dbname } = credentials;
  const pool = mysql.createPool({
    host,
    port,
    user: username,
    password,
    database: dbname,
    ssl: trust.database,
    connectionLimit: 2,
    connectTimeout: 5_000,
    timezone: "Z",
  });
  pool.on("connection", (connection) => {
    connection.query(`set session lock_wait_timeout = ${tableWaitSeconds}`);
  });
  return new Kysely<unknown>({ dialect: new MysqlDialect({ pool }) });
}

async function waitForServer(db: Kysely<unknown>, logger: Logger): Promise<void> {
  const retry = retryWhen((error) => databaseFailure(error) === "unavailable", patience);
  retry.onRetry(({ attempt }) => logger.warn({ attempt }, "the database is not up yet: waiting"));
  await retry.execute(() => db.connection().execute(async () => undefined));
}

/**
 * Whether the database has all steps of this version, and more: this is the way back from a later one, whose steps only add. Kysely
 * would refuse it as corrupted.
 */
async function isAhead(db: Kysely<unknown>): Promise<boolean> {
  if (!(await hasColumn(db, "kysely_migration", "name"))) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const done = new Set(rows.map(({ name }) => name));
  const known = Object.keys(migrations);
  return done.size > known.length && known.every((name) => done.has(name));
}

function run(migrator: Migrator, command: "up" | "down" | "down-all"): Promise<MigrationResultSet> {
  if (command === "up") return migrator.migrateToLatest();
  return command === "down" ? migrator.migrateDown() : migrator.migrateTo(NO_MIGRATIONS);
}

async function report(migrator: Migrator, logger: Logger): Promise<void> {
  for (const { name, executedAt } of await migrator.getMigrations()) {
    logger.info({ migration: name, appliedAt: executedAt ?? null }, executedAt ? "applied" : "pending");
  }
}

function finish({ error, results = [] }: MigrationResultSet, logger: Logger): void {
  for (const { migrationName, direction, status } of results) {
    const level = status === "Error" ? "error" : "info";
    logger[level]({ migration: migrationName, direction: direction.toLowerCase(), status }, "migration");
  }
  if (error !== undefined) throw error;
  logger.info({ steps: results.length }, results.length === 0 ? "nothing to do" : "migrated");
}
