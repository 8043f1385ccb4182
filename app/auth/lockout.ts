import type { FastifyBaseLogger } from "fastify";
import { logEvents } from "../contract/log-events.ts";
import { Problem } from "../http/errors/problem.ts";
import type { Limiter } from "../http/rate-limit/limiter.ts";
import type { AttemptKeys } from "./attempt-keys.ts";

/**
 * Counts attempts to guess a password, exactly and for all replicas (ASVS 6.3.1): five failures within half an hour lock for half
 * an hour from the fifth, and what is tried meanwhile does not make it longer. Each attempt counts before its password is looked at, so that a hundred at once are as few guesses as a hundred in turn, and an
 * account that does not exist is locked like any other.
 */
export class Lockout {
  readonly #limiter: Limiter;
  readonly #keys: AttemptKeys;

  constructor(limiter: Limiter, keys: AttemptKeys) {
    this.#limiter = limiter;
    this.#keys = keys;
  }

  /** @param key the name under which it counts. @throws Problem `locked` when this attempt is one too many. */
  async attempt(key: string, email: string, log: FastifyBaseLogger): Promise<void> {
    const { allowed, resetSeconds } = await this.#limiter.decide(key);
    if (allowed) return;
    log.warn({ ...logEvents.loginLocked, account: this.#keys.inLog(email) }, "sign-in locked");
    this.failed(email, log);
    throw new Problem("locked", "Too many attempts failed: wait, or sign in where you have before.", {
      headers: { "retry-after": String(resetSeconds) },
    });
  }

  /** Tells of an attempt that failed. */
  failed(email: string, log: FastifyBaseLogger): void {
    this.#limiter.options.metrics.signInFailures.inc();
    log.warn({ ...logEvents.loginFailed, account: this.#keys.inLog(email) }, "sign-in failed");
  }

  /** Forgets the attempts: the password was right. */
  async clear(key: string): Promise<void> {
    // Redis away: they are forgotten when their time is over.
    await this.#limiter.forget(key).catch(() => undefined);
  }
}
