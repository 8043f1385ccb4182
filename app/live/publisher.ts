import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Tracing } from "../platform/tracing/tracing.ts";
import { spreadMs } from "./room.ts";
import { type LiveMessage, liveMessage } from "./schema.ts";
import { sendTraced } from "./spans.ts";
import type { LiveStream } from "./stream.ts";

/** Pause between two attempts to tell what could not be told. */
const retryMs = 2_000;

interface Observers {
  metrics: Metrics;
  logger: Logger;
  /** Default: no traces. */
  tracing?: Tracing | undefined;
}

/**
 * Tells clients of changes that are committed. A change does not wait for it and cannot fail by it. What Redis did not take is not kept:
 * once Redis answers again, the organisation's clients are told to load anew. A process that is killed between commit and this takes the
 * message with it.
 */
export class LivePublisher {
  readonly #stream: LiveStream;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #tracing: Tracing | undefined;
  readonly #underway = new Set<Promise<void>>();
  /** Organisations whose clients missed a message. */
  readonly #owed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: LiveStream, { metrics, logger, tracing }: Observers) {
    this.#stream = stream;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#tracing = tracing;
  }

  /** Returns at once and never throws. */
  publish(organisationId: string, message: LiveMessage): void {
    const sent = this.#traced(organisationId, message)
      .catch((error: unknown) => this.#owe(organisationId, error))
      .finally(() => this.#underway.delete(sent));
    this.#underway.add(sent);
  }

  /** The same for a change of many bookings. */
  publishReload(organisationId: string): void {
    this.publish(organisationId, { type: "reload", spreadMs });
  }

  /** Waits for what is under way, at most for the time limit of Redis, and tries once more what failed. */
  async close(): Promise<void> {
    await Promise.all(this.#underway);
    clearTimeout(this.#timer);
    await this.#repay();
    clearTimeout(this.#timer);
  }

  #traced(organisationId: string, message: LiveMessage): Promise<void> {
    if (this.#tracing === undefined) return this.#send(organisationId, message);
    return sendTraced(this.#tracing, message, (traced) => this.#send(organisationId, traced));
  }

  async #send(organisationId: string, message: LiveMessage): Promise<void> {
    await this.#stream.append(organisationId, JSON.stringify(liveMessage.parse(message)));
  }

  #owe(organisationId: string, error: unknown): void {
    this.#metrics.livePublishFailures.inc();
    if (this.#owed.size === 0) this.#logger.warn({ err: error }, "live updates are not told: Redis fails");
    this.#owed.add(organisationId);
    this.#timer ??= setTimeout(() => void this.#repay(), retryMs).unref();
  }

  async #repay(): Promise<void> {
    this.#timer = undefined;
    for (const organisationId of this.#owed) {
      try {
        await this.#send(organisationId, { type: "reload", spreadMs });
        this.#owed.delete(organisationId);
      } catch (error) {
        this.#owe(organisationId, error);
        return;
      }
    }
  }
}
