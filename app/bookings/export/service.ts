import { AuditTrail, type Origin } from "../../audit/trail.ts";
import type { Position } from "../../platform/cursor.ts";
import type { Database } from "../../platform/database/database.ts";
import { listBookings, type Page } from "../pages.ts";
import type { ExportFilter } from "../schema.ts";
import { csvLines } from "./file.ts";

/** Bookings that are held at once: a statement of a few milliseconds. */
const pageSize = 100;

/** All bookings of an organisation, or some by a filter, as a file (A13). */
export class BookingExports {
  readonly #database: Database;
  readonly #audit: AuditTrail;

  constructor(database: Database) {
    this.#database = database;
    this.#audit = new AuditTrail(database);
  }

  /**
   * Notes in the audit trail who takes what, and reads the first page; the others are read as the file is taken.
   *
   * A page is a statement of its own, so that a slow reader holds neither a connection nor a snapshot. Each booking that is there all the
   * time and keeps its start is in the file once, as it was at some moment of the export.
   */
  async export(origin: Origin, filter: ExportFilter): Promise<AsyncGenerator<string>> {
    const { organisationId } = origin;
    await this.#audit.change(origin, async (transaction) => {
      const after = { filter };
      transaction.record({
        entity: "bookings",
        entityId: organisationId,
        verb: "exported",
        before: null,
        after,
      });
    });
    return this.#lines(organisationId, filter, await this.#page(organisationId, filter, undefined));
  }

  async *#lines(organisationId: string, filter: ExportFilter, first: Page): AsyncGenerator<string> {
    yield csvLines(first.items, true);
    for (let { next } = first; next !== undefined; ) {
      const page = await this.#page(organisationId, filter, next);
      yield csvLines(page.items, false);
      next = page.next;
    }
  }

  #page(organisationId: string, filter: ExportFilter, after: Position | undefined): Promise<Page> {
    const limited = { ...filter, limit: pageSize };
    return this.#database.read((db) => listBookings(db, organisationId, limited, after));
  }
}
