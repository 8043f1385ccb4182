import { setTimeout as pause } from "node:timers/promises";
import type { MysqlPool } from "kysely";
import type { DatabaseCredentials } from "../../contract/secrets.ts";
import { type Breaker, createBreaker } from "../resilience.ts";
import type { MeasuredConnection } from "./connection.ts";
import { databaseFailure, PoolError } from "./failures.ts";
import { idleTimeout, LoginPool, type LoginPoolOptions } from "./login-pool.ts";

export interface PoolOptions extends LoginPoolOptions {
  /** Called when the server refuses the login: gets newer credentials into `swap`, if there are any. */
  onDenied: () => Promise<unknown>;
}

/** Work on a replaced login may go on this long: more than any request may take, milliseconds. */
const drainTimeout = 60_000;

/**
 * A connection pool whose login can be changed while it works, which a mysql2 pool can't: a new pool is opened and proven with
 * `SELECT 1`, takes over, and the old one is closed once everything that was using or waiting for it is done. Nothing fails
 * on the way (R7).
 */
export class SwappablePool implements MysqlPool {
  readonly #options: PoolOptions;
  readonly #warmer: NodeJS.Timeout;
  readonly #breaker: Breaker;
  readonly #draining = new Set<Promise<void>>();
  #current: LoginPool;
  #closed = false;

  constructor(credentials: DatabaseCredentials, options: PoolOptions) {
    this.#options = options;
    this.#current = new LoginPool(credentials, options);
    this.#breaker = createBreaker("database", options.metrics, isOutage);
    this.#warmer = setInterval(() => this.#current.keepWarm(), idleTimeout / 2).unref();
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
    if (this.#closed) throw new PoolError("POOL_CLOSED", "the database pool is closed");
    const login = this.#current;
    try {
      return await this.#breaker.execute(() => login.take());
    } catch (error) {
      if (databaseFailure(error) !== "denied") throw error;
      await this.#options.onDenied();
      if (this.#current === login) throw error;
      return this.#current.take();
    }
  }

  /**
   * Changes the login. Resolves when new work uses it; the old connections finish in the background.
   * @throws the client's error when the new login doesn't work: the old one stays.
   */
  async swap(credentials: DatabaseCredentials): Promise<void> {
    const { metrics } = this.#options;
    const next = new LoginPool(credentials, this.#options);
    try {
      await next.prove();
    } catch (error) {
      metrics.poolSwaps.inc({ outcome: "refused" });
      await next.drain(0);
      throw error;
    }
    const previous = this.#current;
    this.#current = next;
    metrics.poolSwaps.inc({ outcome: "taken" });
    const drained = previous.drain(drainTimeout).finally(() => this.#draining.delete(drained));
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
    const all = Promise.all([this.#current.drain(milliseconds), ...this.#draining]);
    await Promise.race([all, pause(milliseconds, undefined, { ref: false })]);
  }
}

/** The server is away, as opposed to: busy, or refusing this login. */
function isOutage(error: unknown): boolean {
  return databaseFailure(error) === "unavailable" && !(error instanceof PoolError);
}
