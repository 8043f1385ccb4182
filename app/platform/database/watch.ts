import type { Breaker } from "../resilience.ts";
import { databaseFailure, PoolError } from "./failures.ts";

/** How often it checks, and how long the server can be silent before a probe. */
const intervalMs = 500;
const longestSilenceMs = 1_000;
/** Unanswered probes in a row that mean a hanging server: one can be this process's own stall. */
const mostUnanswered = 2;

export interface Watched {
  /** Milliseconds for which a request has waited and the server has sent nothing. */
  silence(): number;
  /** Asks the server something it answers at once. */
  ask(): Promise<void>;
  /** Fails what waits for the server. */
  abandon(error: PoolError): void;
}

/**
 * Detects a server that hangs: it keeps its connections, takes statements, and answers none. Then everything that waits for it
 * fails at once and the breaker stays open until the server answers again. Detection takes at most 3.5 s, without waiting for
 * the time limits of statements (10 s each).
 */
export class HangWatch {
  readonly #watched: Watched;
  readonly #breaker: Breaker;
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #unanswered = 0;
  #close: (() => void) | undefined;

  constructor(watched: Watched, breaker: Breaker) {
    this.#watched = watched;
    this.#breaker = breaker;
    this.#timer = setInterval(() => void this.#look(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    if (this.#close === undefined && this.#watched.silence() < longestSilenceMs) {
      this.#unanswered = 0;
      return;
    }
    this.#looking = true;
    try {
      await this.#watched.ask();
      this.#answered();
    } catch (error) {
      if (error instanceof PoolError) this.#silent(error);
      // A refusal is an answer too. A server that cannot be reached is none, and the breaker's own to count.
      else if (databaseFailure(error) !== "unavailable") this.#answered();
    } finally {
      this.#looking = false;
    }
  }

  #answered(): void {
    this.#unanswered = 0;
    this.#close?.();
    this.#close = undefined;
  }

  #silent(error: PoolError): void {
    this.#unanswered++;
    if (this.#unanswered < mostUnanswered) return;
    this.#close ??= this.#breaker.hold();
    this.#watched.abandon(error);
  }
}
