import { cacheKeys } from "../../contract/cache-access.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { withDeadline } from "../../platform/resilience.ts";
import { ClientCounts, type Count, learn } from "./client-counts.ts";

/** Counters that processes share. */
export interface CounterStore {
  /**
   * Adds to counters. Per key: the total after adding, and the milliseconds until the counter starts again.
   * @param restartAt the total at which a counter's window begins again; without it, none does.
   */
  add(
    additions: readonly { key: string; count: number }[],
    windowMs: number,
    restartAt?: number,
  ): Promise<readonly { total: number; resetInMs: number }[]>;
  forget(key: string): Promise<void>;
}

export interface LimiterOptions {
  /** Name of the limit, in headers, metrics and keys. */
  name: string;
  /** Requests per window and client. */
  max: number;
  windowSeconds: number;
  /**
   * Greatest age of this process's copy of a client's shared count. With 0 every request asks the store first,
   * which is exact. Otherwise the process counts a busy client itself and updates the store five times in that time, which is
   * fast and lets a client of several replicas exceed the limit by its requests between two updates.
   */
  freshnessMs: number;
  /** Whether the window begins again with the request that uses the limit up; default: no. */
  restarts?: boolean;
  store: CounterStore;
  metrics: Metrics;
}

export interface Decision {
  allowed: boolean;
  /** Requests left in this window. */
  remaining: number;
  /** Seconds until the window ends. */
  resetSeconds: number;
}

/** Longest wait for the store's answer, rest after it failed. */
const answerWithinMs = 250;
const restAfterFailureMs = 1_000;
/** Clients in one call: a longer call would block Redis for others. */
const batchSize = 500;
/** How long a process refuses by what it knows, where a limit is exact: another one may have forgotten the client. */
const refuseForMs = 1_000;

/**
 * A fixed-window limit that all replicas share through a store. It counts locally, and also limits when the store is down:
 * then each process counts alone and reports that in the metrics (A4).
 */
export class Limiter {
  readonly options: LimiterOptions;
  readonly #window: number;
  readonly #counts: ClientCounts;
  #untold = new Set<Count>();
  #next: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restUntil = 0;

  constructor(options: LimiterOptions) {
    this.options = options;
    this.#window = options.windowSeconds * 1_000;
    this.#counts = new ClientCounts(this.#window);
    options.metrics.rateLimitStoreUp.set(1);
  }

  /** Counts a request of the client and says whether it may pass. A promise only where the store must be asked first. */
  decide(client: string): Decision | Promise<Decision> {
    const { max, freshnessMs, restarts, metrics } = this.options;
    const now = Date.now();
    const count = this.#counts.of(client, now);
    const place = count.known + count.sending + count.pending + 1;
    if (restarts && place === max) count.resetAt = now + this.#window;
    const knownForMs = freshnessMs === 0 ? refuseForMs : Number.POSITIVE_INFINITY;
    if (place > max && now - count.heardAt < knownForMs) return this.#decision(count, place, now);
    count.pending++;
    this.#untold.add(count);
    if (now < this.#restUntil) {
      metrics.rateLimitFallbacks.inc();
      return this.#decision(count, place, now);
    }
    if (now - count.heardAt >= freshnessMs) return this.#ask(count);
    this.#timer ??= setTimeout(() => this.#tell(), freshnessMs / 5).unref();
    return this.#decision(count, place, now);
  }

  /** Starts the client's count again, in all processes where the limit is exact: within a second where they refuse it. */
  async forget(client: string): Promise<void> {
    this.#counts.forget(client);
    await this.options.store.forget(this.#key(client));
  }

  /** Sends the store its missing counts. */
  async close(): Promise<void> {
    await this.#tell();
  }

  /** Requests that ask in the same turn of the event loop share one call to the store, and each keeps its place. */
  async #ask(count: Count): Promise<Decision> {
    const place = count.pending;
    if (this.#next === undefined) {
      const next = Promise.withResolvers<void>();
      this.#next = next;
      setImmediate(() => {
        if (this.#next === next) void this.#tell();
      });
    }
    await this.#next.promise;
    return this.#decision(count, count.before + place, Date.now());
  }

  async #tell(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#next;
    this.#next = undefined;
    const untold = [...this.#untold];
    this.#untold = new Set();
    const batches = [];
    for (let start = 0; start < untold.length; start += batchSize) {
      batches.push(this.#tellOf(untold.slice(start, start + batchSize)));
    }
    await Promise.all(batches);
    next?.resolve();
  }

  async #tellOf(counts: readonly Count[]): Promise<void> {
    const { max, restarts, store, metrics } = this.options;
    const additions = counts.map((count) => ({
      key: this.#key(count.client),
      count: count.pending,
    }));
    for (const count of counts) {
      count.sending += count.pending;
      count.pending = 0;
    }
    const asked = store.add(additions, this.#window, restarts ? max : undefined);
    const answers = await withDeadline(asked, answerWithinMs, noAnswer).catch(() => undefined);
    metrics.rateLimitStoreUp.set(answers === undefined ? 0 : 1);
    const now = Date.now();
    this.#restUntil = answers === undefined ? now + restAfterFailureMs : 0;
    for (const [index, count] of counts.entries()) {
      learn(count, additions[index]?.count ?? 0, answers?.[index], now);
    }
    if (answers === undefined) metrics.rateLimitFallbacks.inc(counts.length);
  }

  #key(client: string): string {
    return `${cacheKeys.rateLimits}${this.options.name}:${client}`;
  }

  #decision(count: Count, place: number, now: number): Decision {
    const { max } = this.options;
    return {
      allowed: place <= max,
      remaining: Math.max(0, max - place),
      resetSeconds: Math.max(1, Math.ceil((count.resetAt - now) / 1_000)),
    };
  }
}

const noAnswer = () => new Error(`the counter store did not answer within ${answerWithinMs} ms`);
