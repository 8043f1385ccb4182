import type { DatabaseAccess } from "../platform/database/database.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes } from "../platform/ids.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import { type DeliveryRow, readDue, updateDelivery } from "./delivery-statements.ts";
import type { WebhookKeys } from "./keys.ts";
import type { DeliveryQueue } from "./queue.ts";
import type { WebhookRow } from "./repository.ts";
import { nextAttempt, pauseAfter } from "./retries.ts";
import type { Attempt, Sender } from "./sender.ts";

/** Deliveries that are sent at once. */
const lanes = 4;
const dueAtOnce = 50;
/** Longest that a process works on a webhook before others get their turn; an attempt that has begun then takes 15 s more at most. */
const turnMs = 20_000;

export interface TurnOptions {
  database: DatabaseAccess;
  queue: DeliveryQueue;
  keys: WebhookKeys;
  sender: Pick<Sender, "post">;
  logger: Logger;
  metrics: Metrics;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Ends attempts early: they are made again. */
  stop: AbortSignal;
  /** Whether nothing more is to be begun. */
  closing: () => boolean;
}

/** The work on one webhook, which one process does at a time, until nothing is left to send, an attempt fails, or others want their turn. */
export class Turn {
  readonly #webhook: WebhookRow;
  readonly #options: TurnOptions;
  #until: number;
  #failures: number;
  #failingSince: string | null;
  #failed: Attempt | undefined;

  constructor(webhook: WebhookRow, options: TurnOptions) {
    this.#webhook = webhook;
    this.#options = options;
    this.#until = options.now() + turnMs;
    this.#failures = webhook.failures;
    this.#failingSince = webhook.failing_since;
  }

  /**
   * Does it, and gives the webhook back.
   * @returns the attempt that failed, and for how long all of them have, milliseconds; undefined where none did.
   */
  async run(): Promise<{ attempt: Attempt; failingMs: number } | undefined> {
    const { queue, now } = this.#options;
    const { id } = this.#webhook;
    do {
      const due = await this.#due();
      if (due.length > 0) await this.#sendAll(due);
      else if (!(await queue.fill(id))) break;
    } while (!this.#over());
    const [attempt, since] = [this.#failed, this.#failingSince];
    const pauseMs = attempt ? pauseAfter(this.#failures, attempt) : 0;
    await queue.giveBack(id, pauseMs, { failures: this.#failures, failing_since: since });
    if (attempt === undefined || since === null) return undefined;
    return { attempt, failingMs: now() - Date.parse(fromDatabaseTime(since)) };
  }

  #over(): boolean {
    const { closing, now } = this.#options;
    return this.#failed !== undefined || closing() || now() >= this.#until;
  }

  #due(): Promise<DeliveryRow[]> {
    const { database, now } = this.#options;
    const values = {
      webhook_id: this.#webhook.id,
      now: toDatabaseTime(new Date(now())),
      limit: dueAtOnce,
    };
    return database.read((db) => readDue(db, values));
  }

  async #sendAll(due: DeliveryRow[]): Promise<void> {
    const lane = async () => {
      for (let next = due.shift(); next !== undefined; next = this.#over() ? undefined : due.shift()) {
        await this.#send(next).catch((error: unknown) => {
          // The others end as well, and are waited for.
          this.#until = 0;
          throw error;
        });
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #send(delivery: DeliveryRow): Promise<void> {
    const { keys, queue, sender, now, stop } = this.#options;
    const body = JSON.stringify({
      type: delivery.event,
      timestamp: fromDatabaseTime(delivery.occurred_at),
      data: await queue.booking(this.#webhook, delivery),
    });
    const [id, webhookId] = [idFromBytes(delivery.id), idFromBytes(this.#webhook.id)];
    const timestamp = Math.floor(now() / 1_000);
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": keys.signatures({ webhookId, id, timestamp, body }),
    };
    const attempt = await sender.post(this.#webhook.url, headers, body, stop);
    // Broken off by ourselves: nobody knows what came of it.
    if (attempt.status === null && stop.aborted) return;
    await this.#mark(delivery, attempt);
  }

  async #mark(delivery: DeliveryRow, attempt: Attempt): Promise<void> {
    const { database, metrics, now } = this.#options;
    const delivered = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
    const at = toDatabaseTime(new Date(now()));
    const next = delivered ? undefined : nextAttempt(delivery.attempts, attempt, now());
    await database.transaction((db) =>
      updateDelivery(db, {
        id: delivery.id,
        status: delivered ? "delivered" : next === undefined ? "failed" : "pending",
        attempts: delivery.attempts + 1,
        due_at: next === undefined ? null : toDatabaseTime(new Date(next)),
        last_attempt_at: at,
        last_status: attempt.status,
        last_error: attempt.error,
      }),
    );
    metrics.webhookAttempts.inc({ outcome: delivered ? "delivered" : "failed" });
    this.#failures = delivered ? 0 : this.#failures + 1;
    this.#failingSince = delivered ? null : (this.#failingSince ?? at);
    if (!delivered) this.#fail(delivery, attempt);
  }

  #fail(delivery: DeliveryRow, attempt: Attempt): void {
    this.#failed = attempt;
    const { status, error } = attempt;
    const ids = { webhookId: idFromBytes(this.#webhook.id), deliveryId: idFromBytes(delivery.id) };
    this.#options.logger.info({ ...ids, status, error }, "a webhook was not delivered");
  }
}
