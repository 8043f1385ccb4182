import { sql } from "kysely";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { type Connection, statement } from "../platform/database/statement.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes, newId } from "../platform/ids.ts";
import {
  type DeliveryRow,
  deleteOld,
  entriesOf,
  insertDeliveries,
  readFirstDue,
} from "./delivery-statements.ts";
import { endOfTrail, eventsOf, updateWebhook, type WebhookRow } from "./repository.ts";

/** How long one worker has a webhook to itself: longer than it works on it, so that only one that was killed overstays. */
const leaseMs = 60_000;
const entriesAtOnce = 50;
const keptMs = 30 * 86_400_000;
const removedAtOnce = 1_000;

/** All webhooks are looked at: an organisation has few. */
const readWork = statement(["now", "limit"], (db, { now, limit }: { now: string; limit: number }) =>
  db
    .selectFrom("webhooks")
    .innerJoin("audit_chains", "audit_chains.organisation_id", "webhooks.organisation_id")
    .select("webhooks.id")
    .where("disabled_at", "is", null)
    .where("leased_until", "<=", now)
    .where(sql<boolean>`(due_at <= ${now} or audit_chains.number >= next_link)`)
    .orderBy("leased_until")
    .limit(limit),
);

const lockById = statement(["id"], (db, { id }: Pick<WebhookRow, "id">) =>
  db.selectFrom("webhooks").selectAll().where("id", "=", id).forUpdate(),
);

/** Which webhooks there is something to send to, and what. MySQL alone knows; any number of workers may ask. */
export class DeliveryQueue {
  readonly #database: DatabaseAccess;
  readonly #entries: ReturnType<typeof entriesOf>;
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(database: DatabaseAccess, now: () => number) {
    this.#database = database;
    this.#entries = entriesOf(database.auditSchema);
    this.#now = now;
  }

  /** At most so many webhooks with something to send, which nobody else works on: those first that were not worked on the longest. */
  async take(limit: number): Promise<WebhookRow[]> {
    const now = this.#now();
    const found = await this.#database.read((db) => readWork(db, { now: timeOf(now), limit }));
    const taken = await Promise.all(
      found.map(({ id }) =>
        this.#change(id, (row) =>
          row.disabled_at !== null || row.leased_until > timeOf(now)
            ? undefined
            : { ...row, leased_until: timeOf(now + leaseMs) },
        ),
      ),
    );
    return taken.filter((row) => row !== undefined);
  }

  /** Gives a webhook back, to be worked on again after a pause where there is something to send. */
  async giveBack(
    id: Buffer,
    pauseMs: number,
    failing: Pick<WebhookRow, "failures" | "failing_since">,
  ): Promise<void> {
    await this.#change(id, async (row, transaction) => {
      const [first] = await readFirstDue(transaction, { webhook_id: id });
      return {
        ...row,
        ...failing,
        due_at: first?.due_at ?? null,
        leased_until: timeOf(this.#now() + pauseMs),
      };
    });
  }

  /**
   * Makes deliveries of what the organisation's audit trail has had since the last time.
   * @returns whether there may be more.
   */
  async fill(id: Buffer): Promise<boolean> {
    let more = false;
    await this.#change(id, async (row, transaction) => {
      const end = await endOfTrail(transaction, row.organisation_id);
      const entries = await this.#entries.next(transaction, { ...row, limit: entriesAtOnce });
      const wanted: readonly string[] = eventsOf(row.events);
      const made = entries
        .filter(({ action }) => wanted.includes(action))
        .map(({ action, entity_id, ...entry }) => ({
          ...entry,
          id: hexOf(idToBytes(newId())),
          event: action,
          booking: hexOf(entity_id),
        }));
      const now = timeOf(this.#now());
      if (made.length > 0) await insertDeliveries(transaction, id, now, made);
      // Known as work from here on, even if this process ends before it gives the webhook back.
      const due_at = made.length > 0 ? now : row.due_at;
      const last = entries.length === entriesAtOnce ? entries.at(-1) : undefined;
      more = entries.length > 0;
      // What the transaction sees was settled before the end was read: nothing is between the two.
      return { ...row, due_at, ...(last ? { next_link: last.link, next_position: last.position + 1 } : end) };
    });
    return more;
  }

  /** The booking as the entry of a delivery left it. */
  async booking(
    { organisation_id }: Pick<WebhookRow, "organisation_id">,
    { link, position }: Pick<DeliveryRow, "link" | "position">,
  ): Promise<unknown> {
    const values = { organisation_id, link, position };
    const [entry] = await this.#database.read((db) => this.#entries.booking(db, values));
    return entry?.after ?? null;
  }

  /** Removes some of the deliveries that are 30 days old, whatever became of them. */
  async removeOld(): Promise<void> {
    const time = (this.#now() - keptMs).toString(16).padStart(12, "0");
    const before = Buffer.from(time.padEnd(32, "0"), "hex");
    await this.#database.transaction((db) => deleteOld(db, { before, limit: removedAtOnce }));
  }

  /** Reads a webhook of any organisation, and keeps others from changing it until the transaction ends. */
  async lock(transaction: Connection, id: Buffer): Promise<WebhookRow | undefined> {
    return (await lockById(transaction, { id }))[0];
  }

  /** Changes a webhook that is still there. @returns how it is then; undefined where it is gone, or `changed` changes nothing. */
  #change(
    id: Buffer,
    changed: (
      row: WebhookRow,
      transaction: Connection,
    ) => WebhookRow | undefined | Promise<WebhookRow | undefined>,
  ): Promise<WebhookRow | undefined> {
    return this.#database.transaction(async (transaction) => {
      const row = await this.lock(transaction, id);
      const after = row && (await changed(row, transaction));
      if (after !== undefined) await updateWebhook(transaction, after);
      return after;
    });
  }
}

const timeOf = (milliseconds: number): string => toDatabaseTime(new Date(milliseconds));
const hexOf = (id: Buffer): string => id.toString("hex");
