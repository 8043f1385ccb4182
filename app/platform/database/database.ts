import { CompiledQuery, Kysely, MysqlDialect, type Transaction } from "kysely";
import type { DatabaseCredentials } from "../../contract/secrets.ts";
import type { Logger } from "../logging.ts";
import type { Metrics } from "../metrics.ts";
import { retryWhen } from "../resilience.ts";
import type { Secret } from "../secrets.ts";
import type { Trust } from "../trust.ts";
import { databaseFailure } from "./failures.ts";
import { SwappablePool } from "./pool.ts";
import { auditSchemaOf, type Tables } from "./tables.ts";

export interface DatabaseOptions {
  secret: Secret<DatabaseCredentials>;
  poolMin: number;
  poolMax: number;
  /** Longest a statement may take, milliseconds. */
  queryTimeout: number;
  trust: Trust;
  logger: Logger;
  metrics: Metrics;
}

/** MySQL as the features see it. */
export interface Database {
  /** For single statements. */
  readonly query: Kysely<Tables>;
  /** The schema of the audit trail. */
  readonly auditSchema: string;
  /**
   * Runs `work` in one transaction: all of it or nothing. After a deadlock the whole of it runs again, three times at most, so
   * `work` must not do anything outside the database.
   */
  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** `SELECT 1` through the pool. */
  ping(): Promise<void>;
  /** For /status. */
  state(): { user: string; breaker: string };
  /** Waits for running statements, at most so many milliseconds. */
  close(milliseconds: number): Promise<void>;
}

/** Opens the database; connections are made when they are needed, so MySQL may come up later than the API. */
export function openDatabase(options: DatabaseOptions): Database {
  const { secret, logger, metrics } = options;
  const pool = new SwappablePool(secret.current, {
    min: options.poolMin,
    max: options.poolMax,
    queryTimeout: options.queryTimeout,
    trust: options.trust,
    metrics,
    onDenied: () => secret.refresh(),
  });
  secret.onChange(async (credentials) => {
    const from = pool.username;
    await pool.swap(credentials);
    logger.info({ from, to: credentials.username }, "database login changed");
  });
  const query = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
  const deadlock = retryWhen((error) => databaseFailure(error) === "deadlock", {
    attempts: 3,
    firstPause: 10,
    longestPause: 100,
  });

  return {
    query,
    auditSchema: auditSchemaOf(secret.current.dbname),
    transaction: (work) => deadlock.execute(() => query.transaction().execute(work)),
    ping: async () => {
      await query.executeQuery(selectOne);
    },
    state: () => ({ user: pool.username, breaker: pool.breakerState }),
    close: (milliseconds) => pool.close(milliseconds),
  };
}

const selectOne = CompiledQuery.raw("SELECT 1");
