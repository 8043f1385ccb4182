import type { Selectable } from "kysely";
import { type Connection, statement } from "../platform/database/statement.ts";
import { fromDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import { type Webhook, webhookEvents } from "./schema.ts";
import type { WebhooksTable } from "./table.ts";

export type WebhookRow = Selectable<WebhooksTable>;
type ById = Pick<WebhookRow, "id" | "organisation_id">;

const mutable = [
  "url",
  "events",
  "version",
  "disabled_at",
  "disabled_reason",
  "failures",
  "failing_since",
  "next_link",
  "next_position",
  "due_at",
  "leased_until",
  "updated_at",
] as const satisfies readonly (keyof WebhookRow)[];

const readAll = statement(["organisation_id"], (db, row: Pick<WebhookRow, "organisation_id">) =>
  db.selectFrom("webhooks").selectAll().where("organisation_id", "=", row.organisation_id).orderBy("id"),
);

const lockRow = statement(["id", "organisation_id"], (db, { id, organisation_id }: ById) =>
  db
    .selectFrom("webhooks")
    .selectAll()
    .where("id", "=", id)
    .where("organisation_id", "=", organisation_id)
    .forUpdate(),
);

export const insertWebhook = statement(
  ["id", "organisation_id", "created_at", ...mutable],
  (db, row: WebhookRow) => db.insertInto("webhooks").values(row),
);

const updateRow = statement(
  ["id", ...mutable],
  (db, { id, ...row }: Pick<WebhookRow, "id" | (typeof mutable)[number]>) =>
    db.updateTable("webhooks").set(row).where("id", "=", id),
);

export const deleteWebhook = statement(["id"], (db, { id }: Pick<WebhookRow, "id">) =>
  db.deleteFrom("webhooks").where("id", "=", id),
);

const readNumber = statement(["organisation_id"], (db, row: Pick<WebhookRow, "organisation_id">) =>
  db.selectFrom("audit_chains").select("number").where("organisation_id", "=", row.organisation_id),
);

/** The organisation's webhooks, oldest first. */
export async function findWebhooks(db: Connection, organisationId: string): Promise<Webhook[]> {
  const rows = await readAll(db, { organisation_id: idToBytes(organisationId) });
  return rows.map(toWebhook);
}

/** Reads a webhook and keeps others, also the worker, from changing it until the transaction ends. */
export async function lockWebhook(
  transaction: Connection,
  organisationId: string,
  id: string,
): Promise<WebhookRow | undefined> {
  const byId = { id: idToBytes(id), organisation_id: idToBytes(organisationId) };
  return (await lockRow(transaction, byId))[0];
}

/** Writes a locked webhook. */
export async function updateWebhook(transaction: Connection, row: WebhookRow): Promise<void> {
  const { organisation_id, created_at, ...changeable } = row;
  await updateRow(transaction, changeable);
}

/** Where the organisation's audit trail goes on, for a webhook that is to hear of nothing earlier. */
export async function endOfTrail(
  db: Connection,
  organisation_id: Buffer,
): Promise<Pick<WebhookRow, "next_link" | "next_position">> {
  const [chain] = await readNumber(db, { organisation_id });
  return { next_link: (chain?.number ?? 0) + 1, next_position: 0 };
}

/** The events of a row that this version knows. */
export const eventsOf = (text: string): Webhook["events"] => {
  const given = text.split(" ");
  return webhookEvents.filter((event) => given.includes(event));
};

/** A row as the API answers it and the audit trail records it. */
export const toWebhook = (row: WebhookRow): Webhook => ({
  id: idFromBytes(row.id),
  url: row.url,
  events: eventsOf(row.events),
  enabled: row.disabled_at === null,
  disabledReason: row.disabled_reason,
  failingSince: row.failing_since && fromDatabaseTime(row.failing_since),
  version: row.version,
  createdAt: fromDatabaseTime(row.created_at),
  updatedAt: fromDatabaseTime(row.updated_at),
});
