import type { DatabaseCredentials } from "../../contract/secret-values.ts";
import type { Logger } from "../logging.ts";
import type { Metrics } from "../metrics.ts";
import { retryWhen } from "../resilience.ts";
import type { Secret } from "../secrets.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Trust } from "../trust.ts";
import type { MeasuredConnection } from "./connection.ts";
import { databaseFailure } from "./failures.ts";
import { SwappablePool } from "./pool.ts";
import { Queues } from "./queues.ts";
import type { Connection } from "./statement.ts";
import { auditSchemaOf } from "./tables.ts";
import { inTransaction } from "./transaction.ts";

export interface DatabaseOptions {
  secret: Secret<DatabaseCredentials>;
  poolMin: number;
  poolMax: number;
  /** Longest a statement may take, milliseconds. */
  queryTimeoutMs: number;
  trust: Trust;
  logger: Logger;
  metrics: Metrics;
  /** Default: no traces. */
  tracing?: Tracing | undefined;
}

/** Statements and transactions: what features need of MySQL. */
export interface DatabaseAccess {
  /** Runs a read, on any connection. One that the server denies is run once more, on a new one and with the newest login. */
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** The schema of the audit trail. */
  readonly auditSchema: string;
  /**
   * Runs `work` in one transaction, all or nothing. It runs all of it again after a deadlock, three times at most, and after a
   * denial, once; so `work` must not do anything outside the database.
   * @param queue name of what its transactions wait for anyway: at most two of them have a connection here at any time, the others
   *   wait for these, in the order in which they came, as long as a statement may take.
   */
  transaction<T>(work: (transaction: Connection) => Promise<T>, queue?: string): Promise<T>;
}

/** MySQL as the API uses it. */
export interface Database extends DatabaseAccess {
  /** `SELECT 1` outside the pool: a full pool does not make the database look unavailable. */
  ping(): Promise<void>;
  /** Opens the connections that the first requests need. Never throws. */
  warm(): Promise<void>;
  /** For /status. */
  state(): { user: string; breaker: string };
  /** Waits for running statements, at most so many milliseconds. */
  close(drainMs: number): Promise<void>;
}

/** Opens the database, which connects on demand, so MySQL can start later than the API. */
export function openDatabase(options: DatabaseOptions): Database {
  const { secret, logger, metrics } = options;
  const pool = new SwappablePool(secret.current, {
    min: options.poolMin,
    max: options.poolMax,
    queryTimeoutMs: options.queryTimeoutMs,
    trust: options.trust,
    metrics,
    tracing: options.tracing,
    onDenied: () => secret.refresh(),
    onRefused: (error) => secret.refused(error),
  });
  secret.onChange(async (credentials) => {
    const from = pool.username;
    await pool.swap(credentials);
    logger.info({ from, to: credentials.username }, "database login changed");
  });
  const queues = new Queues(options.queryTimeoutMs);
  const deadlock = retryWhen((error) => databaseFailure(error) === "deadlock", {
    attempts: 3,
    firstPause: 10,
    longestPause: 100,
  });

  const onConnection = async <T>(work: (connection: MeasuredConnection) => Promise<T>): Promise<T> => {
    const connection = await pool.acquire();
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  };
  const transact = <T>(work: (transaction: Connection) => Promise<T>): Promise<T> =>
    deadlock.execute(() => onConnection((connection) => inTransaction(connection, work)));

  /** The server has rolled back a denied statement: a repeat does nothing twice. */
  const renewed = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (databaseFailure(error) !== "denied") throw error;
      await pool.renew();
      return work();
    }
  };

  return {
    auditSchema: auditSchemaOf(secret.current.dbname),
    read: (work) => renewed(() => onConnection(work)),
    transaction: (work, queue) => {
      const run = () => renewed(() => transact(work));
      return queue === undefined ? run() : queues.pass(queue, run);
    },
    ping: () => renewed(() => pool.ask()),
    warm: () => pool.keepWarm(),
    state: () => ({ user: pool.username, breaker: pool.breakerState }),
    close: (drainMs) => pool.close(drainMs),
  };
}
