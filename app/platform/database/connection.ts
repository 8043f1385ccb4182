import type { PoolConnection, QueryError, QueryResult } from "mysql2";
import { Deadlines } from "../deadlines.ts";
import type { Metrics } from "../metrics.ts";
import { statementSpan } from "../tracing/statements.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { PoolError } from "./failures.ts";
import type { Connection } from "./statement.ts";

/** What a connection reports to its pool. */
export interface Holder {
  /** The server has said something, at this time (`performance.now()`). */
  answered(at: number): void;
  released(connection: MeasuredConnection): void;
}

/** What is told how statements go. */
interface Observers {
  metrics: Metrics;
  tracing?: Tracing | undefined;
}

/** Statements longer than this, or with more values, are shaped by their data (bulk inserts): not worth a prepared statement. */
const longestPrepared = 4_096;
const mostValues = 64;

/** Ends a running statement with an error. */
type Fail = (error: Error) => void;

/** A pooled connection: statements with values go out as prepared ones, each has a time limit, and its duration is measured. */
export class MeasuredConnection implements Connection {
  readonly #raw: PoolConnection;
  readonly #metrics: Metrics;
  readonly #tracing: Tracing | undefined;
  readonly #holder: Holder;
  readonly #running: Deadlines<Fail>;
  #lost: unknown;

  constructor(raw: PoolConnection, timeoutMs: number, { metrics, tracing }: Observers, holder: Holder) {
    this.#raw = raw;
    this.#metrics = metrics;
    this.#tracing = tracing;
    this.#holder = holder;
    this.#running = new Deadlines(timeoutMs, (fail) => {
      const error = new PoolError("STATEMENT_TIMEOUT", `the database did not answer within ${timeoutMs} ms`);
      // The server can still be working on it: the next statement on this connection would get a late answer.
      this.abandon(error);
      fail(error);
    });
  }

  /** It takes no more statements; the server has rolled back uncommitted changes. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  run(sql: string, values: unknown[]): Promise<readonly unknown[]> {
    if (this.#tracing === undefined) return this.#run(sql, values);
    return this.#tracing.measure(statementSpan(sql), () => this.#run(sql, values));
  }

  #run(sql: string, values: unknown[]): Promise<readonly unknown[]> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const fail: Fail = (error) => {
        this.#measure(sql, started, performance.now());
        reject(error);
      };
      const deadline = this.#running.add(fail);
      const done = (error: QueryError | null, result: QueryResult) => {
        if (!this.#running.delete(deadline)) return;
        const ended = performance.now();
        if (error !== null) {
          this.#noteFailure(error, ended);
          return fail(error);
        }
        this.#measure(sql, started, ended);
        this.#holder.answered(ended);
        resolve(Array.isArray(result) ? result : []);
      };
      const prepared = values.length > 0 && values.length <= mostValues && sql.length <= longestPrepared;
      if (prepared) this.#raw.execute({ sql, values }, done);
      else this.#raw.query({ sql, values }, done);
    });
  }

  /** Ends its running statements with this error at once, without waiting for the server. */
  abandon(error: PoolError): void {
    this.#lost = error;
    this.#raw.destroy();
    for (let fail = this.#running.shift(); fail !== undefined; fail = this.#running.shift()) fail(error);
  }

  #measure(sql: string, started: number, ended: number): void {
    const statement = firstWord(sql);
    this.#metrics.queryDuration.count(statement, (ended - started) / 1_000, () => ({ statement }));
  }

  #noteFailure(error: QueryError, at: number): void {
    if (error.fatal === true) this.#lost = error;
    else this.#holder.answered(at);
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
