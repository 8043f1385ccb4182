import type { Insertable } from "kysely";
import { type Connection, type Statement, statement } from "../platform/database/statement.ts";
import { idToBytes, newId } from "../platform/ids.ts";
import type { AuditTable } from "./table.ts";

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
  /** The state before and after; null where there is no row. */
  before: object | null;
  after: object | null;
}

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
] as const satisfies readonly (keyof AuditTable)[];

/** The audit trail, in a schema of its own (A14). */
export class AuditTrail {
  readonly #insert: Statement<Insertable<AuditTable>, unknown>;

  constructor(schema: string) {
    this.#insert = statement(columns, (db, row) => db.withSchema(schema).insertInto("audit_log").values(row));
  }

  /** Adds a change, in the transaction that makes the change: one is never there without the other. */
  async record(transaction: Connection, origin: Origin, change: Change): Promise<void> {
    await this.#insert(transaction, {
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
    });
  }
}
