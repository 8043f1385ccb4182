import { setTimeout as pause } from "node:timers/promises";
import mysql from "mysql2";
import type { DatabaseCredentials } from "../../contract/secret-values.ts";
import type { Metrics } from "../metrics.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Trust } from "../trust.ts";
import { connectionOptions } from "./client.ts";
import { type Holder, MeasuredConnection } from "./connection.ts";
import { PoolError } from "./failures.ts";

export interface LoginPoolOptions {
  /** Connections kept open, and most connections. */
  min: number;
  max: number;
  /** Longest a statement may take. */
  queryTimeoutMs: number;
  trust: Trust;
  metrics: Metrics;
  /** Default: no traces. */
  tracing?: Tracing | undefined;
}

/** How long a request waits for a connection when all are busy, including time to open one. */
export const longestWaitMs = 3_000;
/**
 * Most waiting requests per possible connection; the pool refuses more at once. A statement takes a few milliseconds, so the
 * last of them waits a fraction of a second, and more load lengthens no wait.
 */
export const mostWaiting = 50;
/**
 * The server's limit should be met first, because the connection survives that one: the client gives up so much later,
 * milliseconds.
 */
const clientGraceMs = 250;
/** An idle connection above the minimum is closed after this long. */
export const idleTimeoutMs = 60_000;

/** Fails a request that waits for a connection. */
type Waiter = (error: Error) => void;

/** The connections of one login. It knows when no request uses or awaits one. */
export class LoginPool implements Holder {
  readonly credentials: DatabaseCredentials;
  readonly #options: LoginPoolOptions;
  readonly #pool: mysql.Pool;
  readonly #connections = new WeakMap<object, MeasuredConnection>();
  readonly #waiting = new Set<Waiter>();
  readonly #inUse = new Set<MeasuredConnection>();
  #answeredAt = performance.now();
  #onIdle: (() => void) | undefined;

  constructor(credentials: DatabaseCredentials, options: LoginPoolOptions) {
    this.credentials = credentials;
    this.#options = options;
    this.#pool = createPool(credentials, options);
  }

  /** Connections handed out or waited for. */
  get taken(): number {
    return this.#inUse.size + this.#waiting.size;
  }

  /** Milliseconds for which a request has waited and the server has sent nothing; 0: none waits. */
  get silence(): number {
    return this.taken === 0 ? 0 : performance.now() - this.#answeredAt;
  }

  /**
   * A connection, to be released after use.
   * @throws PoolError when none is free in time, or the client's error when the server can't be reached or refuses.
   */
  take(): Promise<MeasuredConnection> {
    const { max } = this.#options;
    const { taken } = this;
    if (taken >= max * (1 + mostWaiting)) {
      return Promise.reject(new PoolError("POOL_FULL", `${taken - max} wait for a database connection`));
    }
    // From here on it counts how long the server is silent.
    if (taken === 0) this.#answeredAt = performance.now();
    return new Promise((resolve, reject) => {
      const stopWaiting = () => {
        clearTimeout(timer);
        return this.#waiting.delete(fail);
      };
      const fail: Waiter = (error) => {
        if (!stopWaiting()) return;
        reject(error);
        this.#noteIdle();
      };
      const timer = taken >= max ? setTimeout(() => fail(waitedTooLong()), longestWaitMs) : undefined;
      this.#waiting.add(fail);
      this.#pool.getConnection((error, raw) => {
        if (error) return fail(error);
        if (!stopWaiting()) return raw.release();
        const connection = this.#measured(raw);
        this.#inUse.add(connection);
        resolve(connection);
      });
    });
  }

  /** Opens the minimum of connections and asks the server something on each; throws when it refuses. */
  async prove(): Promise<void> {
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        this.#pool.query("SELECT 1", (error) => (error ? reject(error) : resolve()));
      });
    await Promise.all(Array.from({ length: Math.max(this.#options.min, 1) }, ask));
  }

  /** Touches the minimum of connections, so that they are neither closed as idle nor found dead by a request. */
  async keepWarm(): Promise<void> {
    if (this.taken > 0) return;
    // A database that is down is reported by readiness and by requests, not by this.
    await this.prove().catch(() => undefined);
  }

  /** Waits, at most so many milliseconds, until no request uses or awaits a connection, then closes them. */
  async drain(drainMs: number): Promise<void> {
    if (this.taken > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
      await Promise.race([idle, pause(drainMs, undefined, { ref: false })]);
    }
    await new Promise<void>((resolve) => this.#pool.end(() => resolve()));
  }

  /** Fails everything that waits or runs, now, and closes. */
  abandon(error: PoolError): void {
    for (const fail of this.#waiting) fail(error);
    for (const connection of this.#inUse) connection.abandon(error);
    this.#pool.end(() => undefined);
  }

  answered(at: number): void {
    this.#answeredAt = at;
  }

  released(connection: MeasuredConnection): void {
    this.#inUse.delete(connection);
    this.#noteIdle();
  }

  /** Each raw connection keeps its wrapper, which knows whether it is lost. */
  #measured(raw: mysql.PoolConnection): MeasuredConnection {
    const known = this.#connections.get(raw);
    if (known !== undefined) return known;
    const { queryTimeoutMs } = this.#options;
    const connection = new MeasuredConnection(raw, queryTimeoutMs + clientGraceMs, this.#options, this);
    this.#connections.set(raw, connection);
    return connection;
  }

  #noteIdle(): void {
    if (this.taken === 0) this.#onIdle?.();
  }
}

const waitedTooLong = () =>
  new PoolError("POOL_TIMEOUT", `no database connection was free within ${longestWaitMs} ms`);

function createPool(credentials: DatabaseCredentials, options: LoginPoolOptions): mysql.Pool {
  const { min, max, queryTimeoutMs, trust } = options;
  const pool = mysql.createPool({
    ...connectionOptions(credentials, trust),
    connectionLimit: max,
    // Below the limit, or mysql2 never closes an idle connection.
    maxIdle: Math.max(min, max - 1, 1),
    idleTimeout: idleTimeoutMs,
    maxPreparedStatements: 256,
  });
  return pool.on("connection", (connection) => prepareSession(connection, queryTimeoutMs));
}

/** The server's own limits stop statements that the client has abandoned: reads by time, writes by lock wait. */
function prepareSession(connection: mysql.PoolConnection, queryTimeoutMs: number): void {
  const lockWait = Math.max(1, Math.ceil(queryTimeoutMs / 1_000));
  const settings =
    `SET SESSION time_zone = '+00:00', max_execution_time = ${queryTimeoutMs}, ` +
    `innodb_lock_wait_timeout = ${lockWait}`;
  connection.query(settings, (error) => {
    if (error) connection.destroy();
  });
}
