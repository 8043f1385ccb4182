import { type AuditedTransaction, AuditTrail, type Origin } from "../audit/trail.ts";
import { invalidField, Problem } from "../http/errors/problem.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes, newId } from "../platform/ids.ts";
import { receiverFault } from "./address.ts";
import type { WebhookKeys } from "./keys.ts";
import {
  deleteWebhook,
  endOfTrail,
  findWebhooks,
  insertWebhook,
  lockWebhook,
  toWebhook,
  updateWebhook,
  type WebhookRow,
} from "./repository.ts";
import type { Webhook, WebhookChange, WebhookInput } from "./schema.ts";

const mostWebhooks = 10;

export interface WebhooksOptions {
  keys: WebhookKeys;
  /** Receivers on this machine are meant: for the sandbox and for tests. */
  localReceivers: boolean;
}

/** What an organisation's admins do with its webhooks. Each change and its entry in the audit trail are one transaction. */
export class Webhooks {
  readonly #database: DatabaseAccess;
  readonly #audit: AuditTrail;
  readonly #options: WebhooksOptions;

  constructor(database: DatabaseAccess, options: WebhooksOptions) {
    this.#database = database;
    this.#audit = new AuditTrail(database);
    this.#options = options;
  }

  list(organisationId: string): Promise<Webhook[]> {
    return this.#database.read((db) => findWebhooks(db, organisationId));
  }

  /**
   * Makes a webhook, which hears of what is changed from here on.
   * @throws Problem `validation_failed` for a URL that nothing may be sent to; `conflict` where the organisation has as many as it may have.
   */
  async create(origin: Origin, input: WebhookInput): Promise<{ webhook: Webhook; key: string }> {
    this.#refuseReceiver(input.url);
    const id = newId();
    const webhook = await this.#audit.change(origin, async (transaction) => {
      const { length } = await findWebhooks(transaction, origin.organisationId);
      if (length >= mostWebhooks) {
        throw new Problem("conflict", `There are ${mostWebhooks} webhooks: remove one first.`);
      }
      const organisation = idToBytes(origin.organisationId);
      const row = newRow(idToBytes(id), organisation, input, await endOfTrail(transaction, organisation));
      await insertWebhook(transaction, row);
      record(transaction, "created", null, row);
      return toWebhook(row);
    });
    return { webhook, key: this.#options.keys.text(id) };
  }

  /** What a receiver verifies with, which is recorded. @throws Problem `not_found`, also for another organisation's webhook. */
  async key(origin: Origin, id: string): Promise<string> {
    return this.#audit.change(origin, async (transaction) => {
      const row = await this.#lock(transaction, id);
      transaction.record({ entity: "webhook", entityId: id, verb: "key_read", before: null, after: null });
      // Derived from the id as it is kept: in small letters.
      return this.#options.keys.text(idFromBytes(row.id));
    });
  }

  /**
   * A webhook that is enabled again hears of what is changed from then on; what waited to be sent is sent.
   * @throws Problem `not_found`, also for another organisation's webhook; `conflict` where `version` is not the current one, with the
   *   current state; `validation_failed` as `create`.
   */
  async update(origin: Origin, id: string, version: number, change: WebhookChange): Promise<Webhook> {
    if (change.url !== undefined) this.#refuseReceiver(change.url);
    return this.#audit.change(origin, async (transaction) => {
      const before = await this.#lock(transaction, id);
      if (before.version !== version) throw stale(before, version);
      const { url = before.url, events = before.events.split(" "), enabled } = change;
      const after = {
        ...before,
        ...(enabled === undefined ? {} : await switched(transaction, before, enabled)),
        url,
        events: events.join(" "),
        version: version + 1,
        updated_at: toDatabaseTime(new Date()),
      };
      await updateWebhook(transaction, after);
      record(transaction, "updated", before, after);
      return toWebhook(after);
    });
  }

  /** Nothing is sent there any more, half a minute later at the latest. @throws Problem `not_found` as `update`. */
  async remove(origin: Origin, id: string): Promise<void> {
    await this.#audit.change(origin, async (transaction) => {
      const before = await this.#lock(transaction, id);
      await deleteWebhook(transaction, { id: before.id });
      record(transaction, "removed", before, null);
    });
  }

  async #lock(transaction: AuditedTransaction, id: string): Promise<WebhookRow> {
    return (await lockWebhook(transaction, transaction.origin.organisationId, id)) ?? notFound();
  }

  #refuseReceiver(url: string): void {
    const fault = receiverFault(url, this.#options.localReceivers);
    if (fault !== undefined) throw invalidField("body", "url", fault);
  }
}

function record(
  transaction: AuditedTransaction,
  verb: string,
  before: WebhookRow | null,
  after: WebhookRow | null,
): void {
  const [then, now] = [before && toWebhook(before), after && toWebhook(after)];
  const entityId = (now ?? then)?.id ?? "";
  transaction.record({ entity: "webhook", entityId, verb, before: then, after: now });
}

function newRow(
  id: Buffer,
  organisation_id: Buffer,
  { url, events }: WebhookInput,
  place: Pick<WebhookRow, "next_link" | "next_position">,
): WebhookRow {
  const now = toDatabaseTime(new Date());
  return {
    id,
    organisation_id,
    url,
    events: events.join(" "),
    version: 1,
    disabled_at: null,
    disabled_reason: null,
    failures: 0,
    failing_since: null,
    ...place,
    due_at: null,
    leased_until: now,
    created_at: now,
    updated_at: now,
  };
}

/** What changes of a row when an admin enables or disables it. */
async function switched(
  transaction: AuditedTransaction,
  { disabled_at, organisation_id }: WebhookRow,
  enabled: boolean,
): Promise<Partial<WebhookRow>> {
  if (enabled === (disabled_at === null)) return {};
  if (!enabled) return { disabled_at: toDatabaseTime(new Date()), disabled_reason: "admin" };
  const place = await endOfTrail(transaction, organisation_id);
  return { disabled_at: null, disabled_reason: null, failures: 0, failing_since: null, ...place };
}

export function notFound(): never {
  throw new Problem("not_found", "No such webhook.");
}

function stale(current: WebhookRow, version: number): Problem {
  const detail = `The webhook has changed: you have version ${version}, it is at version ${current.version}.`;
  return new Problem("conflict", detail, { extensions: { current: toWebhook(current) } });
}
