import { setTimeout as setTimer } from "node:timers";
import { setTimeout } from "node:timers/promises";
import type * as z from "zod";
import { logEvents } from "../contract/log-events.ts";
import { keysOf, recordOf } from "../contract/records.ts";
import { type ReadBy, type SecretPurpose, type SecretValue, secretCatalogue } from "../contract/secrets.ts";
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

/** The secrets of a process: the API's, where nothing else is said. */
export interface Secrets<Purposes extends SecretPurpose = ReadBy<"api">> {
  get<Purpose extends Purposes>(purpose: Purpose): Secret<SecretValue<Purpose>>;
  /** Of every secret, by purpose. */
  state(): Record<string, SecretState>;
  /** Stops the background refresh. */
  close(): void;
}

interface SecretsOptions<Purpose extends SecretPurpose> {
  /** Name or ARN of each. */
  ids: Readonly<Record<Purpose, string>>;
  env: {
    AWS_REGION: string;
    /** Interval of background reads, seconds. */
    SECRETS_REFRESH_SECONDS: number;
  };
  logger: Logger;
  metrics: Metrics;
}
type Telling = Pick<SecretsOptions<SecretPurpose>, "logger" | "metrics">;

const pauseBetweenReadsMs = 1_000;
const pauseBetweenComplaintsMs = 60_000;

type OpenedSecrets<Purposes extends SecretPurpose> = {
  [Purpose in Purposes]: RefreshedSecret<SecretValue<Purpose>>;
};

/**
 * Reads all secrets of a process: once at start, then in the background, and when a login is refused (R7).
 * @throws SecretUnavailableError when one is unreadable or has the wrong shape.
 */
export async function openSecrets<Purpose extends SecretPurpose>(
  options: SecretsOptions<Purpose>,
): Promise<Secrets<Purpose>> {
  const { env, ids } = options;
  const client = secretsManager(env.AWS_REGION);
  const pairs = await Promise.all(
    keysOf(ids).map(async (purpose) => {
      const { schema } = secretCatalogue[purpose];
      const id = ids[purpose];
      const read = () => readSecret<z.ZodType<SecretValue<SecretPurpose>>>(client, id, schema);
      const first = await readAtStart(id, read());
      return [purpose, new RefreshedSecret({ purpose, id, read }, first, options)] as const;
    }),
  );
  // TypeScript loses which secret is whose on the way through pairs.
  const opened = Object.fromEntries(pairs) as unknown as OpenedSecrets<Purpose>;

  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    // Each pause differs by up to 10 %, so that replicas don't ask together.
    const pause = env.SECRETS_REFRESH_SECONDS * 1_000 * (0.9 + Math.random() * 0.2);
    timer = setTimer(async () => {
      await Promise.all(keysOf(opened).map((purpose) => opened[purpose].refresh()));
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
  purpose: SecretPurpose;
  id: string;
  read: () => Promise<Version<T>>;
}

class RefreshedSecret<T> implements Secret<T> {
  readonly #source: Source<T>;
  readonly #options: Telling;
  readonly #appliers: ((value: T) => Promise<void>)[] = [];
  #inUse: Version<T>;
  #readAt = Date.now();
  #askedAt = Date.now();
  #failing = false;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<boolean> | undefined;

  constructor(source: Source<T>, first: Version<T>, options: Telling) {
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
