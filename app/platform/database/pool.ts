import { setTimeout as pause } from "node:timers/promises";
import type { MysqlPool } from "kysely";
import mysql from "mysql2";
import type { DatabaseCredentials } from "../../contract/secrets.ts";
import type { Metrics } from "../metrics.ts";
import { type Breaker, createBreaker, withDeadline } from "../resilience.ts";
import type { Trust } from "../trust.ts";
import { MeasuredConnection } from "./connection.ts";
import { databaseFailure, PoolError } from "./failures.ts";

export interface PoolOptions {
  /** Connections kept open, and most connections. */
  min: number;
  max: number;
  /** Longest a statement may take, milliseconds. */
  queryTimeout: number;
  trust: Trust;
  metrics: Metrics;
  /** Called when the server refuses the login: gets newer credentials into `swap`, if there are any. */
  onDenied: () => Promise<unknown>;
}

/** How long a request waits for a connection when all are taken, milliseconds. */
const acquireTimeout = 5_000;
/** An idle connection above the minimum is closed after this long, milliseconds. */
const idleTimeout = 60_000;
/** Work on a replaced login may go on this long: more than any request may take, milliseconds. */
const drainTimeout = 60_000;

/** One login's connections. */
interface Login {
  readonly pool: mysql.Pool;
  readonly username: string;
  /** Connections handed out or waited for. */
  taken: number;
  /** Called when `taken` falls to nothing. */
  onIdle?: () => void;
}

/**
 * A connection pool whose login can be changed while it works, which a mysql2 pool can't: a new pool is opened and proven with
 * `SELECT 1`, takes over, and the old one is closed once everything that was using or waiting for it is done. Nothing fails
 * on the way (R7).
 */
export class SwappablePool implements MysqlPool {
  readonly #options: PoolOptions;
  readonly #connections = new WeakMap<object, MeasuredConnection>();
  readonly #warmer: NodeJS.Timeout;
  readonly #breaker: Breaker;
  readonly #draining = new Set<Promise<void>>();
  #current: Login;
  #closed = false;

  constructor(credentials: DatabaseCredentials, options: PoolOptions) {
    this.#options = options;
    this.#current = this.#login(credentials);
    this.#breaker = createBreaker("database", options.metrics, isOutage);
    this.#warmer = setInterval(() => this.#keepWarm(), idleTimeout / 2).unref();
    const inUse = options.metrics.poolConnections.labels({ state: "in_use" });
    const waiting = options.metrics.poolConnections.labels({ state: "waiting" });
    options.metrics.onScrape(() => {
      inUse.set(Math.min(this.#current.taken, options.max));
      waiting.set(Math.max(this.#current.taken - options.max, 0));
    });
  }

  /** The MySQL user new work runs as. */
  get username(): string {
    return this.#current.username;
  }

  get breakerState(): Breaker["state"] {
    return this.#breaker.state;
  }

  /** Kysely's way to ask. */
  getConnection(callback: (error: unknown, connection: MeasuredConnection) => void): void {
    this.acquire().then(
      (connection) => callback(null, connection),
      (error: unknown) => callback(error, undefined as never),
    );
  }

  /**
   * A connection, to be released after use. A refused login is answered by looking for newer credentials and trying once more.
   * @throws PoolError when none is free in time, or the client's error when the server can't be reached.
   */
  async acquire(): Promise<MeasuredConnection> {
    const login = this.#current;
    try {
      return await this.#breaker.execute(() => this.#take(login));
    } catch (error) {
      if (databaseFailure(error) !== "denied") throw error;
      await this.#options.onDenied();
      if (this.#current === login) throw error;
      return this.#take(this.#current);
    }
  }

  /**
   * Changes the login. Resolves when new work uses it; the old connections finish in the background.
   * @throws the client's error when the new login doesn't work: the old one stays.
   */
  async swap(credentials: DatabaseCredentials): Promise<void> {
    const next = this.#login(credentials);
    try {
      await Promise.all(Array.from({ length: Math.max(this.#options.min, 1) }, () => prove(next.pool)));
    } catch (error) {
      this.#options.metrics.poolSwaps.inc({ outcome: "refused" });
      next.pool.end(() => undefined);
      throw error;
    }
    const previous = this.#current;
    this.#current = next;
    this.#options.metrics.poolSwaps.inc({ outcome: "taken" });
    const drained = drain(previous, drainTimeout).finally(() => this.#draining.delete(drained));
    this.#draining.add(drained);
  }

  /** Kysely's way to close. */
  end(callback: (error: unknown) => void): void {
    this.close(drainTimeout).then(() => callback(null), callback);
  }

  /** Closes when all work is done, at the latest after `milliseconds`. */
  async close(milliseconds: number): Promise<void> {
    this.#closed = true;
    clearInterval(this.#warmer);
    const all = Promise.all([drain(this.#current, milliseconds), ...this.#draining]);
    await Promise.race([all, pause(milliseconds, undefined, { ref: false })]);
  }

  #login(credentials: DatabaseCredentials): Login {
    const { min, max, queryTimeout, trust } = this.#options;
    const pool = mysql.createPool({
      host: credentials.host,
      port: credentials.port,
      user: credentials.username,
      password: credentials.password,
      database: credentials.dbname,
      ssl: trust.database,
      connectionLimit: max,
      // Below the limit, or mysql2 never closes an idle connection.
      maxIdle: Math.max(min, max - 1, 1),
      idleTimeout,
      connectTimeout: 5_000,
      charset: "utf8mb4",
      // Times are UTC on the wire; the session is set to UTC below.
      timezone: "Z",
      maxPreparedStatements: 256,
    });
    pool.on("connection", (connection) => prepareSession(connection, queryTimeout));
    return { pool, username: credentials.username, taken: 0 };
  }

  async #take(login: Login): Promise<MeasuredConnection> {
    if (this.#closed) throw new PoolError("POOL_CLOSED", "the database pool is closed");
    login.taken++;
    const taken = new Promise<mysql.PoolConnection>((resolve, reject) => {
      login.pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
    });
    try {
      const raw = login.taken <= this.#options.max ? await taken : await this.#waitFor(taken);
      return this.#measured(raw, login);
    } catch (error) {
      giveBack(login);
      throw error;
    }
  }

  /** All connections are taken: wait for one, but not for ever. One that comes too late goes straight back. */
  #waitFor(taken: Promise<mysql.PoolConnection>): Promise<mysql.PoolConnection> {
    let late = false;
    taken.then(
      (connection) => late && connection.release(),
      () => undefined,
    );
    return withDeadline(taken, acquireTimeout, () => {
      late = true;
      return new PoolError("POOL_TIMEOUT", `no database connection was free within ${acquireTimeout} ms`);
    });
  }

  /** Kysely recognises a connection it has seen by its identity, so each raw connection keeps its wrapper. */
  #measured(raw: mysql.PoolConnection, login: Login): MeasuredConnection {
    const known = this.#connections.get(raw);
    if (known !== undefined) return known;
    const { queryTimeout, metrics } = this.#options;
    const connection = new MeasuredConnection(raw, queryTimeout, metrics, () => giveBack(login));
    this.#connections.set(raw, connection);
    return connection;
  }

  /** Touches the minimum of connections, so that they are neither closed as idle nor found dead by a request. */
  #keepWarm(): void {
    const login = this.#current;
    if (login.taken > 0) return;
    for (let index = 0; index < this.#options.min; index++) {
      this.#take(login).then(
        (connection) => {
          connection.query("SELECT 1", [], () => connection.release());
        },
        // A database that is down is reported by readiness and by requests, not by this.
        () => undefined,
      );
    }
  }
}

/** The server is away, as opposed to: busy, or refusing this login. */
function isOutage(error: unknown): boolean {
  return databaseFailure(error) === "unavailable" && !(error instanceof PoolError);
}

function giveBack(login: Login): void {
  login.taken--;
  if (login.taken === 0) login.onIdle?.();
}

function prove(pool: mysql.Pool): Promise<void> {
  return new Promise((resolve, reject) => {
    pool.query("SELECT 1", (error) => (error ? reject(error) : resolve()));
  });
}

/** Waits until nobody uses or waits for the login's connections, then says goodbye to the server. */
async function drain(login: Login, milliseconds: number): Promise<void> {
  if (login.taken > 0) {
    const idle = new Promise<void>((resolve) => {
      login.onIdle = resolve;
    });
    await Promise.race([idle, pause(milliseconds, undefined, { ref: false })]);
  }
  await new Promise<void>((resolve) => login.pool.end(() => resolve()));
}

/** The server's own limits stop what the client has given up on: reads by time, writes by the wait for a lock. */
function prepareSession(connection: mysql.PoolConnection, queryTimeout: number): void {
  const lockWait = Math.max(1, Math.ceil(queryTimeout / 1_000));
  const settings =
    `SET SESSION time_zone = '+00:00', max_execution_time = ${queryTimeout}, ` +
    `innodb_lock_wait_timeout = ${lockWait}`;
  connection.query(settings, (error) => {
    if (error) connection.destroy();
  });
}
