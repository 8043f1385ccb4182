import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logging.ts";
import { writeLastUsed } from "./repository.ts";

const writeEveryMs = 60_000;

/** When keys were last used. One statement a minute writes those that were used in it, so that a request writes nothing. */
export class LastUsed {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #used = new Set<string>();

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.write(), writeEveryMs).unref();
  }

  note(keyId: string): void {
    this.#used.add(keyId);
  }

  /** Writes what is noted. Never throws: what could not be written is for the next time. */
  async write(): Promise<void> {
    const used = this.#used;
    if (used.size === 0) return;
    this.#used = new Set();
    try {
      await this.#database.transaction((transaction) => writeLastUsed(transaction, [...used], new Date()));
    } catch (error) {
      for (const id of used) this.#used.add(id);
      this.#logger.warn({ err: error, keys: used.size }, "could not write when API keys were last used");
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }
}
