import type { PoolConnection, QueryError, QueryResult } from "mysql2";
import type { Metrics } from "../metrics.ts";
import type { PoolError } from "./failures.ts";
import type { Connection } from "./statement.ts";

/** What a connection reports to its pool. */
export interface Holder {
  /** The server has said something, at this time (`performance.now()`). */
  answered(at: number): void;
  released(connection: MeasuredConnection): void;
}

/** Statements longer than this, or with more values, are shaped by their data (bulk inserts): not worth a prepared statement. */
const longestPrepared = 4_096;
const mostValues = 64;

/** A pooled connection: statements with values go out as prepared ones, each has a time limit, and its duration is measured. */
export class MeasuredConnection implements Connection {
  readonly #raw: PoolConnection;
  readonly #timeoutMs: number;
  readonly #observe: (statement: string, seconds: number) => void;
  readonly #holder: Holder;
  readonly #running = new Set<(error: PoolError) => void>();
  #lost: unknown;

  constructor(raw: PoolConnection, timeoutMs: number, metrics: Metrics, holder: Holder) {
    this.#raw = raw;
    this.#timeoutMs = timeoutMs;
    this.#observe = observer(metrics);
    this.#holder = holder;
  }

  /** It takes no more statements; the server has rolled back uncommitted changes. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  run(sql: string, values: unknown[]): Promise<readonly unknown[]> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      this.#running.add(reject);
      const done = (error: QueryError | null, result: QueryResult) => {
        if (!this.#running.delete(reject)) return;
        const ended = performance.now();
        this.#observe(firstWord(sql), (ended - started) / 1_000);
        if (error === null) {
          this.#holder.answered(ended);
          resolve(Array.isArray(result) ? result : []);
        } else {
          this.#noteFailure(error, ended);
          reject(error);
        }
      };
      const statement = { sql, values, timeout: this.#timeoutMs };
      const prepared = values.length > 0 && values.length <= mostValues && sql.length <= longestPrepared;
      if (prepared) this.#raw.execute(statement, done);
      else this.#raw.query(statement, done);
    });
  }

  /** Ends its running statement with this error at once, without waiting for the server. */
  abandon(error: PoolError): void {
    this.#lost = error;
    this.#raw.destroy();
    for (const reject of this.#running) reject(error);
    this.#running.clear();
  }

  #noteFailure(error: QueryError, at: number): void {
    const timedOut = error.code === "PROTOCOL_SEQUENCE_TIMEOUT";
    const lost = timedOut || error.fatal === true;
    if (lost) this.#lost = error;
    else this.#holder.answered(at);
    // The server can still be working on it: the next statement on this connection would get a late answer.
    if (timedOut) this.#raw.destroy();
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
