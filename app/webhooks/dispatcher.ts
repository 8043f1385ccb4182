import { setTimeout as pause } from "node:timers/promises";
import { AuditTrail } from "../audit/trail.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, newId } from "../platform/ids.ts";
import { DeliveryQueue } from "./queue.ts";
import { toWebhook, updateWebhook, type WebhookRow } from "./repository.ts";
import { disabledAfterMs } from "./retries.ts";
import { Turn, type TurnOptions } from "./turn.ts";

const lookEveryMs = 1_000;
const cleanEveryMs = 60_000;
/** Webhooks that a process works on at once: more than an organisation has, lest one's receivers stop all others'. */
const mostWebhooks = 32;

export interface DispatcherOptions extends Pick<TurnOptions, "keys" | "sender" | "logger" | "metrics"> {
  /** Milliseconds since 1970. Default: the clock. */
  now?: () => number;
}

/**
 * Delivers what webhooks are to hear of, each event at least once: what was sent is marked after the receiver has answered, so a process
 * that is killed in between makes another one send it again, with the same id.
 */
export class Dispatcher {
  readonly #turns: TurnOptions;
  readonly #audit: AuditTrail;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #closing = false;

  constructor(database: DatabaseAccess, options: DispatcherOptions) {
    const { now = Date.now } = options;
    const queue = new DeliveryQueue(database, now);
    const stop = this.#stop.signal;
    this.#turns = { ...options, database, queue, now, stop, closing: () => this.#closing };
    this.#audit = new AuditTrail(database);
  }

  /** Looks for work every second until it is closed. */
  start(): void {
    const { logger, queue } = this.#turns;
    const report = (error: unknown) => logger.warn({ err: error }, "could not look for webhooks to deliver");
    let looking = false;
    const look = async () => {
      if (looking) return;
      looking = true;
      await this.#take().catch(report);
      looking = false;
    };
    this.#timers.push(setInterval(() => void look(), lookEveryMs));
    this.#timers.push(setInterval(() => void queue.removeOld().catch(report), cleanEveryMs));
  }

  /** Looks for work once, and waits until it is done. */
  async run(): Promise<void> {
    await this.#take();
    await Promise.all(this.#running);
  }

  /** Begins nothing more, waits for attempts that run, and ends them after `waitMs`: they are made again. */
  async close(waitMs: number): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.race([Promise.all(this.#running), pause(waitMs, undefined, { ref: false })]);
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #take(): Promise<void> {
    const { logger, queue } = this.#turns;
    const free = mostWebhooks - this.#running.size;
    if (free === 0 || this.#closing) return;
    for (const webhook of await queue.take(free)) {
      const work = this.#work(webhook).catch((error: unknown) => {
        logger.error({ err: error, webhookId: idFromBytes(webhook.id) }, "a webhook's deliveries broke off");
      });
      const running = work.finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
  }

  async #work(webhook: WebhookRow): Promise<void> {
    const failed = await new Turn(webhook, this.#turns).run();
    if (failed?.attempt.status === 410) await this.#disable(webhook, "gone");
    else if (failed && failed.failingMs >= disabledAfterMs) await this.#disable(webhook, "failing");
  }

  async #disable({ id, organisation_id }: WebhookRow, reason: "failing" | "gone"): Promise<void> {
    const { logger, now, queue } = this.#turns;
    const webhookId = idFromBytes(id);
    const origin = { organisationId: idFromBytes(organisation_id), actor: "worker", requestId: newId() };
    await this.#audit.change(origin, async (transaction) => {
      const before = await queue.lock(transaction, id);
      if (before === undefined || before.disabled_at !== null) return;
      const at = toDatabaseTime(new Date(now()));
      const disabled = { disabled_at: at, disabled_reason: reason, updated_at: at };
      const after = { ...before, ...disabled, version: before.version + 1 };
      await updateWebhook(transaction, after);
      const states = { before: toWebhook(before), after: toWebhook(after) };
      transaction.record({ entity: "webhook", entityId: webhookId, verb: "disabled", ...states });
    });
    logger.warn({ webhookId, reason }, "webhook disabled");
  }
}
