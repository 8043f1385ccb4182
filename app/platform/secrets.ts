import { setTimeout as setTimer } from "node:timers";
import { setTimeout } from "node:timers/promises";
import type * as z from "zod";
import type { ApiEnv } from "../contract/env.ts";
import { logEvents } from "../contract/log-events.ts";
import { keysOf, recordOf } from "../contract/records.ts";
import { type ReadBy, type SecretValue, secretCatalogue, secretsReadBy } from "../contract/secrets.ts";
import type { Logger } from "./logging.ts";
import type { Metrics } from "./metrics.ts";
import { readAtStart, readSecret, secretsManager, type Version } from "./secret-reader.ts";

/** A secret that is kept fresh. */
export interface Secret<T> {
  readonly current: T;
  /**
   * Reads the secret now. True: a newer value is in use.
   * Concurrent callers share one read, and reads are a second apart, so that a burst of refused logins asks Secrets Manager
   * once. Never throws: it logs a failure and keeps the value.
   */
  refresh(): Promise<boolean>;
  /** Counts that a server refuses the newest value, and logs it once a minute. */
  refused(error: unknown): void;
  /** Puts a new value to use. If `apply` throws, the value counts as not taken and is offered again at the next refresh. */
  onChange(apply: (value: T) => Promise<void>): void;
}

/** What /status says of a secret: nothing that is secret. */
interface SecretState {
  version: string;
  createdAt: string;
  readSecondsAgo: number;
  /** The last attempt to read it, or to use a new value, failed: the value can be out of date. */
  failing: boolean;
}

/** The secrets that the API reads. */
type ApiSecret = ReadBy<"api">;

export interface Secrets {
  get<Purpose extends ApiSecret>(purpose: Purpose): Secret<SecretValue<Purpose>>;
  /** Of every secret, by purpose. */
  state(): Record<string, SecretState>;
  /** Stops the background refresh. */
  close(): void;
}

export interface SecretsOptions {
  env: ApiEnv;
  logger: Logger;
  metrics: Metrics;
}

const pauseBetweenReadsMs = 1_000;
const pauseBetweenComplaintsMs = 60_000;

type OpenedSecrets = { [Purpose in ApiSecret]: RefreshedSecret<SecretValue<Purpose>> };

/**
 * Reads all secrets of the API: once at start, then in the background, and when a login is refused (R7).
 * @throws SecretUnavailableError when one is unreadable or has the wrong shape.
 */
export async function openSecrets(options: SecretsOptions): Promise<Secrets> {
  const { env } = options;
  const client = secretsManager(env.AWS_REGION);
  const pairs = await Promise.all(
    secretsReadBy("api").map(async (purpose) => {
      const { schema, readBy } = secretCatalogue[purpose];
      const id = env[readBy.api];
      const read = () => readSecret<z.ZodType<SecretValue<ApiSecret>>>(client, id, schema);
      const first = await readAtStart(id, read());
      return [purpose, new RefreshedSecret({ purpose, id, read }, first, options)] as const;
    }),
  );
  // TypeScript loses which secret is whose on the way through pairs.
  const opened = Object.fromEntries(pairs) as OpenedSecrets;

  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    // Each pause differs by up to 10 %, so that replicas don't ask together.
    const pause = env.SECRETS_REFRESH_SECONDS * 1_000 * (0.9 + Math.random() * 0.2);
    timer = setTimer(async () => {
      await Promise.all(Object.values(opened).map((secret) => secret.refresh()));
      if (timer !== undefined) schedule();
    }, pause).unref();
  };
  schedule();

  return {
    get: (purpose) => opened[purpose],
    state: () => recordOf(keysOf(opened), (purpose) => opened[purpose].state()),
    close() {
      clearTimeout(timer);
      timer = undefined;
      client.destroy();
    },
  };
}

/** Which secret it is, and how it is read. */
interface Source<T> {
  purpose: ApiSecret;
  id: string;
  read: () => Promise<Version<T>>;
}

class RefreshedSecret<T> implements Secret<T> {
  readonly #source: Source<T>;
  readonly #options: SecretsOptions;
  readonly #appliers: ((value: T) => Promise<void>)[] = [];
  #inUse: Version<T>;
  #readAt = Date.now();
  #askedAt = Date.now();
  #failing = false;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<boolean> | undefined;

  constructor(source: Source<T>, first: Version<T>, options: SecretsOptions) {
    this.#source = source;
    this.#options = options;
    this.#inUse = first;
    this.#measure();
  }

  get current(): T {
    return this.#inUse.value;
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

  refused(error: unknown): void {
    const { purpose, id: secretId } = this.#source;
    const { logger, metrics } = this.#options;
    metrics.secretRefused.inc({ secret: purpose });
    if (performance.now() - this.#refusedAt < pauseBetweenComplaintsMs) return;
    this.#refusedAt = performance.now();
    logger.error(
      { ...logEvents.secretRefused, secret: purpose, secretId, err: error },
      "a server refuses the login in a secret: it was changed behind the stack's back",
    );
  }

  state(): SecretState {
    const { version, createdAt } = this.#inUse;
    const readSecondsAgo = Math.round((Date.now() - this.#readAt) / 1_000);
    return { version, createdAt: createdAt.toISOString(), readSecondsAgo, failing: this.#failing };
  }

  async #refresh(): Promise<boolean> {
    const wait = this.#askedAt + pauseBetweenReadsMs - Date.now();
    if (wait > 0) await setTimeout(wait, undefined, { ref: false });
    this.#askedAt = Date.now();
    try {
      const newest = await this.#source.read();
      this.#readAt = Date.now();
      const isNew = newest.version !== this.#inUse.version;
      if (isNew) await this.#take(newest);
      this.#failing = false;
      return isNew;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  async #take(newest: Version<T>): Promise<void> {
    const { purpose, id: secretId } = this.#source;
    const { logger, metrics } = this.#options;
    for (const apply of this.#appliers) await apply(newest.value);
    const { version: from } = this.#inUse;
    this.#inUse = newest;
    metrics.secretSwitches.inc({ secret: purpose });
    logger.info({ secret: purpose, secretId, from, to: newest.version }, "took a rotated secret into use");
  }

  #complain(error: unknown): void {
    const { purpose, id: secretId } = this.#source;
    const { logger, metrics } = this.#options;
    this.#failing = true;
    metrics.secretRefreshFailures.inc({ secret: purpose });
    logger.error(
      { ...logEvents.secretRefreshFailed, secret: purpose, secretId, err: error },
      "could not refresh a secret: going on with the value in use",
    );
  }

  #measure(): void {
    const { metrics } = this.#options;
    const labels = { secret: this.#source.purpose };
    // A series that is there from the start: the first failure is then seen as a rise.
    metrics.secretRefreshFailures.inc(labels, 0);
    metrics.secretRefused.inc(labels, 0);
    metrics.secretSwitches.inc(labels, 0);
    const [age, versionAge] = [metrics.secretAge.labels(labels), metrics.secretVersionAge.labels(labels)];
    metrics.onScrape(() => {
      age.set((Date.now() - this.#readAt) / 1_000);
      versionAge.set((Date.now() - this.#inUse.createdAt.getTime()) / 1_000);
    });
  }
}
