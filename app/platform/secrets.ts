import { setTimeout as setTimer } from "node:timers";
import { setTimeout } from "node:timers/promises";
import type { z } from "zod";
import { logEvents } from "../contract/log-events.ts";
import type { Logger } from "./logging.ts";
import type { Metrics } from "./metrics.ts";
import { readAtStart, readSecret, secretsManager, type Version } from "./secret-reader.ts";

/** A secret that is kept fresh. */
export interface Secret<T> {
  readonly current: T;
  /**
   * Reads the secret now. True: a newer value is in use.
   * Callers at the same time share one read, and reads are a second apart, so that a burst of refused logins asks Secrets
   * Manager once. Never throws: a failure is logged and the value stays.
   */
  refresh(): Promise<boolean>;
  /** Puts a new value to use. If `apply` throws, the value counts as not taken and is offered again at the next refresh. */
  onChange(apply: (value: T) => Promise<void>): void;
}

export interface Secrets {
  /** @throws SecretUnavailableError when the secret can't be read or isn't of the shape it should be. */
  open<T>(id: string, schema: z.ZodType<T>): Promise<Secret<T>>;
  /** Stops the background refresh. */
  close(): void;
}

export interface SecretsOptions {
  region: string;
  /** Seconds between background reads; each pause differs by up to 10 % so that replicas don't ask together. */
  refreshSeconds: number;
  logger: Logger;
  metrics: Metrics;
}

/** Milliseconds. */
const pauseBetweenReads = 1_000;

/** Reads Secrets Manager: once at start, then in the background, and when a login is refused (R7). */
export function createSecrets(options: SecretsOptions): Secrets {
  const client = secretsManager(options.region);
  const opened: Pick<Secret<unknown>, "refresh">[] = [];
  let timer: NodeJS.Timeout | undefined;

  const schedule = () => {
    const pause = options.refreshSeconds * 1_000 * (0.9 + Math.random() * 0.2);
    timer = setTimer(async () => {
      await Promise.all(opened.map((secret) => secret.refresh()));
      if (timer !== undefined) schedule();
    }, pause).unref();
  };
  schedule();

  return {
    async open<T>(id: string, schema: z.ZodType<T>) {
      const read = () => readSecret(client, id, schema);
      const first = await readAtStart(id, read());
      const secret = new RefreshedSecret(id, first, read, options);
      opened.push(secret);
      return secret;
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
      client.destroy();
    },
  };
}

class RefreshedSecret<T> implements Secret<T> {
  current: T;
  readonly #id: string;
  readonly #read: () => Promise<Version<T>>;
  readonly #options: SecretsOptions;
  readonly #appliers: ((value: T) => Promise<void>)[] = [];
  #version: string;
  #readAt = Date.now();
  #askedAt = Date.now();
  #running: Promise<boolean> | undefined;

  constructor(id: string, first: Version<T>, read: () => Promise<Version<T>>, options: SecretsOptions) {
    this.#id = id;
    this.#read = read;
    this.#options = options;
    this.#version = first.version;
    this.current = first.value;
    const age = options.metrics.secretAge.labels({ secret: id });
    options.metrics.onScrape(() => age.set((Date.now() - this.#readAt) / 1_000));
  }

  onChange(apply: (value: T) => Promise<void>): void {
    this.#appliers.push(apply);
  }

  refresh(): Promise<boolean> {
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #refresh(): Promise<boolean> {
    const { logger, metrics } = this.#options;
    const wait = this.#askedAt + pauseBetweenReads - Date.now();
    if (wait > 0) await setTimeout(wait, undefined, { ref: false });
    this.#askedAt = Date.now();
    try {
      const { version, value } = await this.#read();
      this.#readAt = Date.now();
      if (version === this.#version) return false;
      for (const apply of this.#appliers) await apply(value);
      this.current = value;
      this.#version = version;
      logger.info({ secretId: this.#id, versionId: version }, "took a rotated secret into use");
      return true;
    } catch (error) {
      metrics.secretRefreshFailures.inc({ secret: this.#id });
      logger.error(
        { ...logEvents.secretRefreshFailed, secretId: this.#id, err: error },
        "could not refresh a secret: going on with the value in use",
      );
      return false;
    }
  }
}
