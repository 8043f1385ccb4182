import { accessTokenSeconds } from "../contract/lifetimes.ts";
import type { Database } from "../platform/database/database.ts";
import { idToBytes } from "../platform/ids.ts";
import type { Logger } from "../platform/logging.ts";
import { isRevokedSession, revokedWithin } from "./repository.ts";

/** Pause between two polls, and how old the last one may be before each request asks for its own session. */
const [pollEveryMs, freshMs] = [2_000, 4_000];
/** How long before the last poll a row may have got its time: transactions commit later than they write. Seconds. */
const overlapSeconds = 60;
/** How long an ended session's access token could still be shown: its life, and clocks that differ. */
const rememberSeconds = accessTokenSeconds + overlapSeconds;

/**
 * The ended sessions whose access tokens have not expired yet: a token of theirs stops within five seconds on every replica
 * (ASVS 7.4.1). Each replica polls MySQL for them, where a session ends in the same transaction as the reason for it. A
 * message through Redis would be faster and need a second way for when it is lost. Without an answer from MySQL for too long,
 * each request asks about its own session, and fails with the database rather than passing.
 */
export class Revocations {
  readonly #database: Database;
  readonly #logger: Logger;
  /** Ids, and when each may be forgotten (`performance.now()`). */
  readonly #ended = new Map<string, number>();
  #asOf = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /** Polls now and from now on. Never throws. */
  async start(): Promise<void> {
    await this.#poll();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.start(), pollEveryMs).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Ends sessions here at once. */
  add(sessionIds: readonly string[]): void {
    const until = performance.now() + rememberSeconds * 1_000;
    for (const id of sessionIds) if (!this.#ended.has(id)) this.#ended.set(id, until);
  }

  /** Whether a session has ended; a promise where the last poll is too old to know. */
  has(sessionId: string): boolean | Promise<boolean> {
    if (this.#ended.has(sessionId)) return true;
    if (performance.now() - this.#asOf <= freshMs) return false;
    return this.#database.read((db) => isRevokedSession(db, idToBytes(sessionId)));
  }

  async #poll(): Promise<void> {
    const began = performance.now();
    const since = Math.min(Math.ceil((began - this.#asOf) / 1_000) + overlapSeconds, rememberSeconds);
    try {
      this.add(await this.#database.read((db) => revokedWithin(db, since)));
      this.#asOf = began;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#logger.warn({ err: error }, "cannot read which sessions have ended");
      this.#failing = true;
    }
    this.#sweep(began);
  }

  #sweep(now: number): void {
    for (const [id, until] of this.#ended) {
      if (now < until) return;
      this.#ended.delete(id);
    }
  }
}
