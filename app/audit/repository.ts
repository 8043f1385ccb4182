import type { Insertable } from "kysely";
import { type Connection, type Statement, statement } from "../platform/database/statement.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import { type Entry, genesis, type Head } from "./chain.ts";
import type { AuditChainsTable, AuditTable } from "./table.ts";

type OfOrganisation = Pick<AuditChainsTable, "organisation_id">;

const lockChain = statement(["organisation_id"], (db, { organisation_id }: OfOrganisation) =>
  db
    .selectFrom("audit_chains")
    .select(["number", "hash"])
    .where("organisation_id", "=", organisation_id)
    .forUpdate(),
);

const insertChain = statement(["organisation_id", "number", "hash"], (db, row: AuditChainsTable) =>
  db.insertInto("audit_chains").ignore().values(row),
);

const updateChain = statement(
  ["organisation_id", "number", "hash"],
  (db, { organisation_id, ...head }: AuditChainsTable) =>
    db.updateTable("audit_chains").set(head).where("organisation_id", "=", organisation_id),
);

const columns = [
  "id",
  "organisation_id",
  "occurred_at",
  "actor",
  "action",
  "entity",
  "entity_id",
  "before",
  "after",
  "request_id",
  "link",
  "position",
  "link_hash",
] as const satisfies readonly (keyof AuditTable)[];

/**
 * Waits until no other transaction writes for the organisation, and keeps others from it until this one ends. It must be the
 * transaction's first statement: under REPEATABLE READ, what plain reads see is settled by the first of them, which then comes after
 * the wait and sees everything that was committed before.
 * @returns the newest link; undefined where the organisation has no chain yet.
 */
export async function lockHead(transaction: Connection, organisationId: string): Promise<Head | undefined> {
  return (await lockChain(transaction, { organisation_id: idToBytes(organisationId) }))[0];
}

/** Begins an organisation's chain, unless it has begun. */
export async function beginChain(db: Connection, organisationId: string): Promise<void> {
  await insertChain(db, { organisation_id: idToBytes(organisationId), ...genesis });
}

export async function moveHead(transaction: Connection, organisationId: string, head: Head): Promise<void> {
  await updateChain(transaction, { organisation_id: idToBytes(organisationId), ...head });
}

/** Writes the entries of a link, in their order. */
export type InsertLink = (transaction: Connection, link: Head, entries: readonly Entry[]) => Promise<void>;

/** @param schema of the audit trail */
export function linkInserter(schema: string): InsertLink {
  const insert: Statement<Insertable<AuditTable>, unknown> = statement(columns, (db, row) =>
    db.withSchema(schema).insertInto("audit_log").values(row),
  );
  return async (transaction, { number, hash }, entries) => {
    for (const [index, entry] of entries.entries()) {
      const isLast = index === entries.length - 1;
      await insert(transaction, {
        ...toRow(entry),
        link: number,
        position: index + 1,
        link_hash: isLast ? hash : null,
      });
    }
  };
}

const toRow = (entry: Entry) => ({
  id: idToBytes(entry.id),
  organisation_id: idToBytes(entry.organisationId),
  occurred_at: toDatabaseTime(new Date(entry.occurredAt)),
  actor: entry.actor,
  action: entry.action,
  entity: entry.entity,
  entity_id: idToBytes(entry.entityId),
  before: entry.before === null ? null : JSON.stringify(entry.before),
  after: entry.after === null ? null : JSON.stringify(entry.after),
  request_id: entry.requestId,
});
