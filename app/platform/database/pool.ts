import { setTimeout as pause } from "node:timers/promises";
import type { DatabaseCredentials } from "../../contract/secret-values.ts";
import { type Breaker, createBreaker } from "../resilience.ts";
import type { MeasuredConnection } from "./connection.ts";
import { databaseFailure, PoolError } from "./failures.ts";
import { idleTimeoutMs, LoginPool, type LoginPoolOptions } from "./login-pool.ts";
import { Sentinel } from "./sentinel.ts";
import { HangWatch } from "./watch.ts";

export interface PoolOptions extends LoginPoolOptions {
  /** Called when the server denies something: gets newer credentials into `swap`, if there are any. */
  onDenied: () => Promise<unknown>;
  /** Called when the server refuses a login and there is no newer one. */
  onRefused: (error: unknown) => void;
}

/** Longest time that work on a replaced login can continue, longer than any request's, milliseconds. */
const drainTimeoutMs = 60_000;

/**
 * A connection pool whose login can change while it works, unlike a mysql2 pool's: it opens a new pool, proves it with
 * `SELECT 1`, switches to it, and closes the old one when everything that uses or waits for it has finished. No statement
 * fails meanwhile (R7).
 */
export class SwappablePool {
  readonly #options: PoolOptions;
  readonly #warmer: NodeJS.Timeout;
  readonly #breaker: Breaker;
  readonly #watch: HangWatch;
  readonly #draining = new Set<Promise<void>>();
  #current: LoginPool;
  #sentinel: Sentinel;
  #renewing: Promise<void> | undefined;
  #closed = false;

  constructor(credentials: DatabaseCredentials, options: PoolOptions) {
    this.#options = options;
    this.#current = new LoginPool(credentials, options);
    this.#sentinel = new Sentinel(credentials, options);
    this.#breaker = createBreaker("database", options.metrics, isOutage);
    this.#warmer = setInterval(() => void this.keepWarm(), idleTimeoutMs / 2).unref();
    const watched = {
      silence: () => this.#current.silence,
      ask: () => this.ask(),
      abandon: (error: PoolError) => this.#abandon(error),
    };
    this.#watch = new HangWatch(watched, this.#breaker);
    const inUse = options.metrics.poolConnections.labels({ state: "in_use" });
    const waiting = options.metrics.poolConnections.labels({ state: "waiting" });
    options.metrics.onScrape(() => {
      inUse.set(Math.min(this.#current.taken, options.max));
      waiting.set(Math.max(this.#current.taken - options.max, 0));
    });
  }

  /** The MySQL user new work runs as. */
  get username(): string {
    return this.#current.credentials.username;
  }

  get breakerState(): Breaker["state"] {
    return this.#breaker.state;
  }

  /**
   * Opens the minimum of connections, or uses them, and logs in again: open connections outlive a change of the password, so
   * nothing else would notice it before they end. Never throws.
   */
  async keepWarm(): Promise<void> {
    const loggedIn = this.#sentinel.logIn().catch(async (error: unknown) => {
      // Readiness and requests report an unreachable server.
      if (databaseFailure(error) === "denied") await this.renew().catch(() => undefined);
    });
    await Promise.all([this.#current.keepWarm(), loggedIn]);
  }

  /**
   * A connection, to be released after use.
   * @throws PoolError when none is free in time, or the client's error when the server can't be reached or refuses.
   */
  acquire(): Promise<MeasuredConnection> {
    if (this.#closed) return Promise.reject(new PoolError("POOL_CLOSED", "the database pool is closed"));
    return this.#breaker.execute(() => this.#current.take());
  }

  /** Whether the server answers, however full the pool is. @throws PoolError, or the client's error */
  ask(): Promise<void> {
    return this.#sentinel.ask();
  }

  /**
   * After a denial, uses newer credentials, or else new connections of the same login. An open connection keeps the schema
   * rights that its user had when it was opened, despite later grants
   * (https://dev.mysql.com/doc/refman/8.4/en/privilege-changes.html). Concurrent callers share it.
   * @throws the client's error when the server refuses the login.
   */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /**
   * Changes the login. Resolves when new work uses it; the old connections finish in the background.
   * @throws the client's error when the new login fails; the old one stays.
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
    const previous = this.#replace(next);
    metrics.poolSwaps.inc({ outcome: "taken" });
    const drained = previous.drain(drainTimeoutMs).finally(() => this.#draining.delete(drained));
    this.#draining.add(drained);
  }

  /** Closes when all work is done, at the latest after `milliseconds`. */
  async close(drainMs: number): Promise<void> {
    this.#closed = true;
    clearInterval(this.#warmer);
    this.#watch.stop();
    const all = Promise.all([this.#current.drain(drainMs), ...this.#draining]);
    await Promise.race([all, pause(drainMs, undefined, { ref: false })]);
    this.#sentinel.close();
  }

  async #renew(): Promise<void> {
    const login = this.#current;
    await this.#options.onDenied();
    if (this.#current !== login) return;
    await this.swap(login.credentials).catch((error: unknown) => {
      if (databaseFailure(error) === "denied") this.#options.onRefused(error);
      throw error;
    });
  }

  #abandon(error: PoolError): void {
    if (this.#current.taken === 0) return;
    this.#replace(new LoginPool(this.#current.credentials, this.#options)).abandon(error);
  }

  #replace(next: LoginPool): LoginPool {
    const previous = this.#current;
    this.#current = next;
    if (next.credentials !== previous.credentials) {
      this.#sentinel.close();
      this.#sentinel = new Sentinel(next.credentials, this.#options);
    }
    return previous;
  }
}

/** The server is away, as opposed to: busy, or refusing this login. */
function isOutage(error: unknown): boolean {
  return databaseFailure(error) === "unavailable" && !(error instanceof PoolError);
}
