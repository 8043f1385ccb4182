import type { MysqlPoolConnection } from "kysely";
import type { PoolConnection, QueryError, QueryResult } from "mysql2";
import type { Metrics } from "../metrics.ts";
import type { PoolError } from "./failures.ts";

type Callback = (error: unknown, result: never) => void;

/** What a connection tells the pool it belongs to. */
export interface Holder {
  /** The server has said something, at this time (`performance.now()`). */
  answered(at: number): void;
  released(connection: MeasuredConnection): void;
}

/** Statements longer than this, or with more values, are shaped by their data (bulk inserts): not worth a prepared statement. */
const longestPrepared = 4_096;
const mostValues = 64;

/**
 * A pooled connection as Kysely wants it. Kysely only calls `query`, MySQL's text protocol; here statements with values go
 * out as prepared statements, each has a time limit, and its duration is measured.
 */
export class MeasuredConnection implements MysqlPoolConnection {
  readonly #raw: PoolConnection;
  readonly #timeout: number;
  readonly #observe: (statement: string, seconds: number) => void;
  readonly #holder: Holder;
  readonly #running = new Set<(error: PoolError) => void>();
  #lost: unknown;

  constructor(raw: PoolConnection, timeout: number, metrics: Metrics, holder: Holder) {
    this.#raw = raw;
    this.#timeout = timeout;
    this.#observe = observer(metrics);
    this.#holder = holder;
  }

  get config(): object {
    return this.#raw.config;
  }

  get threadId(): number {
    return this.#raw.threadId;
  }

  query(sql: string, parameters: unknown[], callback?: Callback) {
    if (callback === undefined) return this.#raw.query(sql, parameters);
    if (this.#lost !== undefined) return this.#answerLost(sql, callback);
    const started = performance.now();
    const giveUp = (error: PoolError) => callback(error, undefined as never);
    this.#running.add(giveUp);
    const done = (error: QueryError | null, result: QueryResult) => {
      if (!this.#running.delete(giveUp)) return;
      const ended = performance.now();
      this.#observe(firstWord(sql), (ended - started) / 1_000);
      if (error === null) this.#holder.answered(ended);
      else this.#noteFailure(error, ended);
      callback(error, result as never);
    };
    const statement = { sql, values: parameters, timeout: this.#timeout };
    const prepared =
      parameters.length > 0 && parameters.length <= mostValues && sql.length <= longestPrepared;
    return prepared ? this.#raw.execute(statement, done) : this.#raw.query(statement, done);
  }

  /** Ends what is running on it with this error, now: the server is not expected to answer. */
  abandon(error: PoolError): void {
    this.#lost = error;
    this.#raw.destroy();
    for (const giveUp of this.#running) giveUp(error);
    this.#running.clear();
  }

  #noteFailure(error: QueryError, at: number): void {
    const timedOut = error.code === "PROTOCOL_SEQUENCE_TIMEOUT";
    const lost = timedOut || error.fatal === true;
    if (lost) this.#lost = error;
    else this.#holder.answered(at);
    // The server may still be working on it: nothing after it on this connection would get an answer in time.
    if (timedOut) this.#raw.destroy();
  }

  /**
   * Kysely ends a failed transaction with a rollback. On a lost connection the server has rolled back already: to say so lets
   * the error that mattered reach the caller, instead of one about the rollback.
   */
  #answerLost(sql: string, callback: Callback): never {
    const error = sql === "rollback" ? null : this.#lost;
    process.nextTick(callback, error, []);
    // Kysely looks at what this returns only when it streams.
    return undefined as never;
  }

  connect(callback?: (error: unknown) => void): void {
    this.#raw.connect(callback);
  }

  destroy(): void {
    this.#raw.destroy();
  }

  release(): void {
    this.#raw.release();
    this.#holder.released(this);
  }
}

const firstWord = (sql: string): string => sql.slice(0, sql.indexOf(" ") + 1 || undefined).trim();

/** Looking a labelled histogram up costs more than adding to it: one look-up per kind of statement. */
function observer(metrics: Metrics): (statement: string, seconds: number) => void {
  const known = new Map<string, { observe(seconds: number): void }>();
  return (statement, seconds) => {
    let histogram = known.get(statement);
    if (histogram === undefined) {
      histogram = metrics.queryDuration.labels({ statement });
      known.set(statement, histogram);
    }
    histogram.observe(seconds);
  };
}
