import { setTimeout as pause } from "node:timers/promises";
import mysql from "mysql2";
import type { DatabaseCredentials } from "../../contract/secrets.ts";
import type { Metrics } from "../metrics.ts";
import { withDeadline } from "../resilience.ts";
import type { Trust } from "../trust.ts";
import { MeasuredConnection } from "./connection.ts";
import { PoolError } from "./failures.ts";

export interface LoginPoolOptions {
  /** Connections kept open, and most connections. */
  min: number;
  max: number;
  /** Longest a statement may take, milliseconds. */
  queryTimeout: number;
  trust: Trust;
  metrics: Metrics;
}

/** How long a request waits for a connection when all are taken, milliseconds. */
const acquireTimeout = 5_000;
/**
 * The server's limit should be met first, because the connection survives that one: the client gives up so much later,
 * milliseconds.
 */
const clientGrace = 250;
/** An idle connection above the minimum is closed after this long, milliseconds. */
export const idleTimeout = 60_000;

/** The connections of one login, which knows when nobody uses or waits for one. */
export class LoginPool {
  readonly username: string;
  readonly #options: LoginPoolOptions;
  readonly #pool: mysql.Pool;
  readonly #connections = new WeakMap<object, MeasuredConnection>();
  #taken = 0;
  #onIdle: (() => void) | undefined;

  constructor(credentials: DatabaseCredentials, options: LoginPoolOptions) {
    this.username = credentials.username;
    this.#options = options;
    this.#pool = createPool(credentials, options);
  }

  /** Connections handed out or waited for. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * A connection, to be released after use.
   * @throws PoolError when none is free in time, or the client's error when the server can't be reached or refuses.
   */
  async take(): Promise<MeasuredConnection> {
    this.#taken++;
    const taken = new Promise<mysql.PoolConnection>((resolve, reject) => {
      this.#pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
    });
    try {
      const raw = this.#taken <= this.#options.max ? await taken : await waitFor(taken);
      return this.#measured(raw);
    } catch (error) {
      this.#giveBack();
      throw error;
    }
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
  keepWarm(): void {
    if (this.#taken > 0) return;
    // A database that is down is reported by readiness and by requests, not by this.
    this.prove().catch(() => undefined);
  }

  /** Waits, at most so many milliseconds, until nobody uses or waits for a connection, then says goodbye to the server. */
  async drain(milliseconds: number): Promise<void> {
    if (this.#taken > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
      await Promise.race([idle, pause(milliseconds, undefined, { ref: false })]);
    }
    await new Promise<void>((resolve) => this.#pool.end(() => resolve()));
  }

  /** Kysely recognises a connection it has seen by its identity, so each raw connection keeps its wrapper. */
  #measured(raw: mysql.PoolConnection): MeasuredConnection {
    const known = this.#connections.get(raw);
    if (known !== undefined) return known;
    const { queryTimeout, metrics } = this.#options;
    const connection = new MeasuredConnection(raw, queryTimeout + clientGrace, metrics, () =>
      this.#giveBack(),
    );
    this.#connections.set(raw, connection);
    return connection;
  }

  #giveBack(): void {
    this.#taken--;
    if (this.#taken === 0) this.#onIdle?.();
  }
}

function createPool(credentials: DatabaseCredentials, options: LoginPoolOptions): mysql.Pool {
  const { min, max, queryTimeout, trust } = options;
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
  return pool.on("connection", (connection) => prepareSession(connection, queryTimeout));
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

/** All connections are taken: wait for one, but not for ever. One that comes too late goes straight back. */
function waitFor(taken: Promise<mysql.PoolConnection>): Promise<mysql.PoolConnection> {
  let late = false;
  taken.then(
    (connection) => {
      if (late) connection.release();
    },
    () => undefined,
  );
  return withDeadline(taken, acquireTimeout, () => {
    late = true;
    return new PoolError("POOL_TIMEOUT", `no database connection was free within ${acquireTimeout} ms`);
  });
}
