import { sql } from "kysely";
import type { EntriesDigest, Entry } from "../../audit/chain.ts";
import type { AuditedTransaction, Origin } from "../../audit/trail.ts";
import { Problem } from "../../http/errors/problem.ts";
import type { Database } from "../../platform/database/database.ts";
import { type Connection, type Statement, statement, written } from "../../platform/database/statement.ts";
import { toDatabaseTime } from "../../platform/database/times.ts";
import { idToBytes } from "../../platform/ids.ts";
import { changedSince, conflictOf, refuseTaken } from "./conflicts.ts";
import type { Staging } from "./staging.ts";

/** Rows that one statement copies: tenths of a second. */
const copiedAtOnce = 5_000;
/** How much longer it takes to add bookings than to add their entries, at least (1.55 to 1.8 measured): they have twice the indexes. */
const bookingsToEntries = 1.5;

/** What all entries of an import have in common. */
export const entryOf = (
  { organisationId, actor, requestId }: Origin,
  at: Date,
): Pick<Entry, "organisationId" | "occurredAt" | "actor" | "action" | "entity" | "requestId"> => ({
  organisationId,
  occurredAt: at.toISOString(),
  actor,
  action: "booking.created",
  entity: "booking",
  requestId,
});

interface Part {
  import_id: Buffer;
  organisation_id: Buffer;
  /** First and last position that it copies. */
  first: number;
  last: number;
  at: string;
}
const partNames = ["import_id", "organisation_id", "first", "last", "at"] as const;

const copyBookings: Statement<Part, unknown> = statement(
  partNames,
  (db, { import_id, organisation_id, first, last, at }) =>
    written(
      db,
      sql`
        insert into bookings (id, organisation_id, resource, client_name, client_email, client_phone, notes, starts_at, ends_at,
          status, version, created_at, updated_at)
        select booking_id, ${organisation_id}, resource, client_name, client_email, client_phone, notes, starts_at, ends_at,
          'confirmed', 1, ${at}, ${at}
        from import_rows
        where import_id = ${import_id} and position between ${first} and ${last}`,
    ),
);

interface EntriesPart extends Part {
  actor: string;
  action: string;
  entity: string;
  request_id: string;
  link: number;
  link_hash: Buffer;
  /** Position of the link's last entry. */
  end: number;
}

const copyEntries = (auditSchema: string): Statement<EntriesPart, unknown> =>
  statement(
    [...partNames, "actor", "action", "entity", "request_id", "link", "link_hash", "end"],
    (db, { import_id, organisation_id, first, last, at, ...entry }) =>
      written(
        db,
        sql`
          insert into ${sql.table(`${auditSchema}.audit_log`)} (id, organisation_id, occurred_at, actor, action, entity, entity_id,
            \`before\`, after, request_id, link, position, link_hash)
          select entry_id, ${organisation_id}, ${at}, ${entry.actor}, ${entry.action}, ${entry.entity}, booking_id,
            null, after, ${entry.request_id}, ${entry.link}, position, if(position = ${entry.end}, ${entry.link_hash}, null)
          from import_rows
          where import_id = ${import_id} and position between ${first} and ${last}`,
      ),
  );

interface OfOrganisation {
  organisation_id: Buffer;
}

const readNumber = statement(["organisation_id"], (db, { organisation_id }: OfOrganisation) =>
  db.selectFrom("audit_chains").select("number").where("organisation_id", "=", organisation_id),
);

/** What is staged, and as what it will be recorded. */
export interface Staged {
  staging: Staging;
  digest: EntriesDigest;
  createdAt: Date;
}

/** The two parts of the transaction that makes staged rows bookings: see `AuditTrail.change`. */
export interface Publishing {
  prepare?: (transaction: Connection) => Promise<void>;
  work(transaction: AuditedTransaction): Promise<void>;
}

/** Makes the staged rows of an import bookings: the one moment in which others see it. */
export class Publication {
  readonly #database: Database;
  readonly #longestTurnMs: number;
  readonly #copyEntries: Statement<EntriesPart, unknown>;
  readonly #changedSince: ReturnType<typeof changedSince>;

  /** @param longestTurnMs how long other writers of the organisation may have to wait */
  constructor(database: Database, longestTurnMs: number) {
    this.#database = database;
    this.#longestTurnMs = longestTurnMs;
    this.#copyEntries = copyEntries(database.auditSchema);
    this.#changedSince = changedSince(database.auditSchema);
  }

  /** Looks whether the staged rows can be bookings, while others write. */
  async plan(origin: Origin, staged: Staged): Promise<Publishing> {
    if (staged.staging.count === 0) return { work: async () => undefined };
    const known = await this.#newestLink(origin.organisationId);
    const conflict = await conflictOf(this.#database, origin.organisationId, staged.staging.importId);
    if (conflict !== undefined) return { work: () => Promise.reject(conflict) };
    return {
      prepare: (transaction) => this.#addBookings(transaction, origin, staged),
      work: async (transaction) => {
        await this.#refuseTakenSince(transaction, staged, known);
        await this.#addEntries(transaction, staged);
      },
    };
  }

  /** Number of the organisation's newest link: what is changed later is in later links. */
  async #newestLink(organisationId: string): Promise<number> {
    const ofOrganisation = { organisation_id: idToBytes(organisationId) };
    const [chain] = await this.#database.read((db) => readNumber(db, ofOrganisation));
    return chain?.number ?? 0;
  }

  /**
   * Adds the bookings while others still write: rows that are not committed are in nobody's way. How long that takes tells how long
   * others would wait for the entries, so a database that is too slow for as many lines is found here.
   */
  async #addBookings(transaction: Connection, origin: Origin, staged: Staged): Promise<void> {
    const latest = performance.now() + bookingsToEntries * this.#longestTurnMs;
    for (const part of partsOf(origin, staged)) {
      await copyBookings(transaction, part);
      if (performance.now() > latest) throw tooSlow();
    }
  }

  async #refuseTakenSince(
    transaction: AuditedTransaction,
    { staging }: Staged,
    known: number,
  ): Promise<void> {
    const organisation_id = idToBytes(transaction.origin.organisationId);
    const [chain] = await readNumber(transaction, { organisation_id });
    if (chain?.number === known) return;
    const import_id = idToBytes(staging.importId);
    refuseTaken(await this.#changedSince(transaction, { import_id, organisation_id, link: known }));
  }

  async #addEntries(transaction: AuditedTransaction, staged: Staged): Promise<void> {
    const { origin } = transaction;
    const { number: link, hash: link_hash } = transaction.link(staged.digest);
    const { actor, action, entity, requestId: request_id } = entryOf(origin, staged.createdAt);
    const end = staged.staging.count;
    for (const part of partsOf(origin, staged)) {
      const entry = { actor, action, entity, request_id, link, link_hash, end };
      await this.#copyEntries(transaction, { ...part, ...entry });
    }
  }
}

const tooSlow = () =>
  new Problem("unavailable", "The database is too slow now for so many lines at once.", {
    headers: { "retry-after": "60" },
  });

function* partsOf({ organisationId }: Origin, { staging, createdAt }: Staged): Generator<Part> {
  const import_id = idToBytes(staging.importId);
  const organisation_id = idToBytes(organisationId);
  for (let first = 1; first <= staging.count; first += copiedAtOnce) {
    const last = first + copiedAtOnce - 1;
    yield { import_id, organisation_id, first, last, at: toDatabaseTime(createdAt) };
  }
}
