import { invalidField } from "../http/errors/problem.ts";
import type { Cursors, Position } from "../platform/cursor.ts";
import type { Database } from "../platform/database/database.ts";
import { AuditPages } from "./pages.ts";
import type { AuditEntry, AuditFilter, AuditPage, AuditQuery } from "./schema.ts";
import { AuditTrail, type Origin } from "./trail.ts";

/** Entries that the export reads at once. */
const batchSize = 500;

/** An organisation's audit trail for its admins (A14). It holds personal data, so each look at it is an entry itself. */
export class AuditView {
  readonly #database: Database;
  readonly #trail: AuditTrail;
  readonly #pages: AuditPages;
  readonly #cursors: Cursors;

  constructor(database: Database, cursors: Cursors) {
    this.#database = database;
    this.#trail = new AuditTrail(database);
    this.#pages = new AuditPages(database.auditSchema);
    this.#cursors = cursors;
  }

  /** The newest entries first. @throws Problem `validation_failed` for a cursor that this list did not make. */
  async list(origin: Origin, query: AuditQuery): Promise<AuditPage> {
    const { limit, cursor, ...filter } = query;
    const { organisationId } = origin;
    const after = cursor === undefined ? undefined : this.#cursors.read(organisationId, cursor);
    if (cursor !== undefined && after === undefined) {
      throw invalidField("query", "cursor", "is not a cursor of this list");
    }
    await this.#recordLook(origin, "read", query);
    const found = await this.#read(organisationId, filter, after, limit + 1);
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last ? this.#cursors.write(organisationId, positionOf(last)) : null };
  }

  /**
   * All entries that were there when it began, the newest first, some hundred JSON lines at a time. It reads on when the next ones are asked
   * for, and holds no connection in between.
   */
  async export(origin: Origin, filter: AuditFilter): Promise<AsyncIterable<string>> {
    await this.#recordLook(origin, "exported", filter);
    return this.#batches(origin.organisationId, filter);
  }

  async *#batches(organisationId: string, filter: AuditFilter): AsyncIterable<string> {
    let after: Position | undefined;
    do {
      const entries = await this.#read(organisationId, filter, after, batchSize);
      yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
      const last = entries.length === batchSize ? entries.at(-1) : undefined;
      after = last && positionOf(last);
    } while (after);
  }

  #read(organisationId: string, filter: AuditFilter, after: Position | undefined, limit: number) {
    return this.#database.read((db) => this.#pages.read(db, organisationId, filter, { after, limit }));
  }

  /** What was asked for, before it is answered. */
  #recordLook(origin: Origin, verb: string, asked: object): Promise<void> {
    return this.#trail.recordRead(origin, {
      entity: "audit",
      entityId: origin.organisationId,
      verb,
      asked,
    });
  }
}

const positionOf = ({ occurredAt, id }: AuditEntry): Position => ({ at: new Date(occurredAt), id });
