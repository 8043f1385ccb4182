import { createHash, type Hash } from "node:crypto";
import { EntriesDigest } from "../../audit/chain.ts";
import type { AuditedTransaction, Origin } from "../../audit/trail.ts";
import type { Database } from "../../platform/database/database.ts";
import { newId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logging.ts";
import { newRow } from "../repository.ts";
import { toBooking } from "../row.ts";
import type { BookingInput } from "../schema.ts";
import { type Columns, readBooking, readHeader } from "./columns.ts";
import { badFile, Faults } from "./faults.ts";
import { entryOf, Publication, type Publishing, type Staged } from "./publication.ts";
import { type CsvRecord, type FileLimits, readRecords } from "./records.ts";
import { type StagedBooking, Staging } from "./staging.ts";

export interface ImportOptions {
  limits: FileLimits;
  /** How long other writers of the organisation may have to wait for an import. */
  longestTurnMs: number;
  feed: ImportFeed;
  logger: Logger;
}

/** Hears of each import once it is committed. It neither delays nor fails one. */
export interface ImportFeed {
  publishReload(organisationId: string): void;
}

/** A file that has been read: what makes bookings of its lines. */
export interface ReadFile {
  /** SHA-256 of the file, in hexadecimal. */
  hash: string;
  prepare: Publishing["prepare"];
  /** @returns how many bookings there are now that were not. */
  work(transaction: AuditedTransaction): Promise<number>;
}

/** Makes bookings of the lines of a file: of all, or of none (A13). */
export class BookingImports {
  readonly #database: Database;
  readonly #options: ImportOptions;
  readonly #publication: Publication;

  constructor(database: Database, options: ImportOptions) {
    this.#database = database;
    this.#options = options;
    this.#publication = new Publication(database, options.longestTurnMs);
  }

  /**
   * Reads the file as it arrives, into rows that nobody sees. `publish` then makes bookings of them, by one change of the organisation's
   * data; only that keeps its other writers waiting.
   * @throws Problem `validation_failed` or `slot_taken`, with the lines to blame; then nothing has changed.
   */
  async import<T>(
    origin: Origin,
    file: AsyncIterable<Buffer>,
    publish: (read: ReadFile) => Promise<T>,
  ): Promise<T> {
    const staging = new Staging(this.#database, newId());
    try {
      await staging.removeLeftovers();
      const bytes = createHash("sha256");
      const staged = await this.#stage(origin, staging, hashed(file, bytes));
      const { prepare, work } = await this.#publication.plan(origin, staged);
      return await publish({
        hash: bytes.digest("hex"),
        prepare,
        work: async (transaction) => {
          await work(transaction);
          transaction.afterCommit(() => this.#options.feed.publishReload(origin.organisationId));
          return staging.count;
        },
      });
    } finally {
      await staging.remove().catch((error: unknown) => {
        // What stays there nobody sees, and a later import removes it.
        this.#options.logger.warn({ err: error }, "rows of an import stay");
      });
    }
  }

  async #stage(origin: Origin, staging: Staging, file: AsyncIterable<Buffer>): Promise<Staged> {
    const faults = new Faults();
    const digest = new EntriesDigest();
    const createdAt = new Date();
    let columns: Columns | undefined;
    for await (const record of readRecords(file, this.#options.limits)) {
      if (isEmpty(record)) continue;
      if (columns === undefined) {
        columns = readHeader(record);
        continue;
      }
      const read = readBooking(columns, record);
      if ("faults" in read) for (const fault of read.faults) faults.add(fault);
      else if (!faults.any)
        await staging.add(stagedBooking(origin, record.line, read.input, createdAt, digest));
    }
    if (columns === undefined) throw badFile(1, "has no header");
    if (faults.any) throw faults.problem();
    await staging.flush();
    return { staging, digest, createdAt };
  }
}

async function* hashed(file: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of file) {
    hash.update(chunk);
    yield chunk;
  }
}

const isEmpty = ({ fields }: CsvRecord): boolean => fields.length === 1 && fields[0] === "";

/** A booking as it will be, with its entry in the audit trail digested. */
function stagedBooking(
  origin: Origin,
  line: number,
  input: BookingInput,
  createdAt: Date,
  digest: EntriesDigest,
): StagedBooking {
  const row = newRow(origin.organisationId, newId(), input, createdAt);
  const booking = toBooking(row);
  const entry = {
    ...entryOf(origin, createdAt),
    id: newId(),
    entityId: booking.id,
    before: null,
    after: booking,
  };
  digest.add(entry);
  return { line, entryId: entry.id, startsAt: row.starts_at, endsAt: row.ends_at, booking };
}
