import { AuditTrail, type Origin } from "../audit/trail.ts";
import { invalidField, Problem } from "../http/errors/problem.ts";
import type { Cursors } from "../platform/cursor.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import { lockDelivery, readPage, toDelivery, updateDelivery } from "./delivery-statements.ts";
import { findWebhooks, lockWebhook, updateWebhook } from "./repository.ts";
import type { Delivery, DeliveryFilter, DeliveryPage } from "./schema.ts";
import { notFound } from "./service.ts";

/** Behind every id. */
const lastId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** What was sent to an organisation's webhooks, for its admins. */
export class Deliveries {
  readonly #database: DatabaseAccess;
  readonly #audit: AuditTrail;
  readonly #cursors: Cursors;

  constructor(database: DatabaseAccess, cursors: Cursors) {
    this.#database = database;
    this.#audit = new AuditTrail(database);
    this.#cursors = cursors;
  }

  /**
   * The newest first.
   * @throws Problem `not_found`, also for another organisation's webhook; `validation_failed` for a cursor that this list did not make.
   */
  async list(organisationId: string, id: string, query: DeliveryFilter): Promise<DeliveryPage> {
    const { limit, cursor } = query;
    const after = cursor === undefined ? { id: lastId } : this.#cursors.read(organisationId, cursor);
    if (after === undefined) throw invalidField("query", "cursor", "is not a cursor of this list");
    const found = await this.#database.read(async (db) => {
      const own = await findWebhooks(db, organisationId);
      if (!own.some((webhook) => webhook.id === id.toLowerCase())) notFound();
      return readPage(db, { webhook_id: idToBytes(id), before: idToBytes(after.id), limit: limit + 1 });
    });
    const items = found.slice(0, limit).map(toDelivery);
    const last = found.length > limit ? items.at(-1) : undefined;
    const next = last && this.#cursors.write(organisationId, { at: new Date(last.occurredAt), id: last.id });
    return { items, nextCursor: next ?? null };
  }

  /**
   * Has a delivery sent once more, with its id, however it ended.
   * @throws Problem `not_found` as `list`; `conflict` where the webhook is disabled.
   */
  async replay(origin: Origin, id: string, deliveryId: string): Promise<Delivery> {
    return this.#audit.change(origin, async (transaction) => {
      const webhook = (await lockWebhook(transaction, origin.organisationId, id)) ?? notFound();
      const [row] = await lockDelivery(transaction, { id: idToBytes(deliveryId), webhook_id: webhook.id });
      if (row === undefined) throw new Problem("not_found", "No such delivery.");
      if (webhook.disabled_at !== null) throw new Problem("conflict", "The webhook is disabled.");
      const due_at = toDatabaseTime(new Date());
      const after = { ...row, status: "pending" as const, attempts: 0, due_at };
      await updateDelivery(transaction, after);
      const first = webhook.due_at !== null && webhook.due_at < due_at ? webhook.due_at : due_at;
      await updateWebhook(transaction, { ...webhook, due_at: first });
      const replayed = { before: toDelivery(row), after: toDelivery(after) };
      transaction.record({ entity: "webhook", entityId: id, verb: "delivery_replayed", ...replayed });
      return replayed.after;
    });
  }
}
