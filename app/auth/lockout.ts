import { Problem } from "../http/errors/problem.ts";
import type { Limiter } from "../http/rate-limit/limiter.ts";

/**
 * Counts attempts to guess a password, exactly and for all replicas (ASVS 6.3.1): five failures lock for the rest of half an hour.
 * Each attempt counts before its password is looked at, so that a hundred at once are as few guesses as a hundred in turn, and an
 * account that does not exist is locked like any other.
 */
export class Lockout {
  readonly #limiter: Limiter;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  /** @throws Problem `locked` when this attempt is one too many. */
  async attempt(key: string): Promise<void> {
    const { allowed, resetSeconds } = await this.#limiter.decide(key);
    if (allowed) return;
    throw new Problem("locked", "Too many attempts failed: wait, or sign in where you have before.", {
      headers: { "retry-after": String(resetSeconds) },
    });
  }

  /** Forgets the attempts: the password was right, or somebody who may has unlocked the account. */
  async clear(key: string): Promise<void> {
    // Redis away: they are forgotten when their time is over.
    await this.#limiter.forget(key).catch(() => undefined);
  }
}
