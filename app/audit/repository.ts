import type { Transaction } from "kysely";
import type { Tables } from "../platform/database/tables.ts";
import { idToBytes, newId } from "../platform/ids.ts";

/** Who is doing something, and in which request. */
export interface Origin {
  organisationId: string;
  actor: string;
  requestId: string;
}

export interface Change {
  entity: string;
  entityId: string;
  /** The verb, in the past: "created". */
  verb: string;
  /** The state before and after; null where there was or is none. */
  before: object | null;
  after: object | null;
}

/** Adds a change to the audit trail, in the transaction that makes the change: one is never there without the other (A14). */
export async function recordChange(
  transaction: Transaction<Tables>,
  auditSchema: string,
  origin: Origin,
  change: Change,
): Promise<void> {
  await transaction
    .withSchema(auditSchema)
    .insertInto("audit_log")
    .values({
      id: idToBytes(newId()),
      organisation_id: idToBytes(origin.organisationId),
      occurred_at: new Date(),
      actor: origin.actor,
      action: `${change.entity}.${change.verb}`,
      entity: change.entity,
      entity_id: idToBytes(change.entityId),
      before: change.before && JSON.stringify(change.before),
      after: change.after && JSON.stringify(change.after),
      request_id: origin.requestId,
    })
    .execute();
}
