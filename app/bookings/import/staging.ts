import { sql } from "kysely";
import type { DatabaseAccess } from "../../platform/database/database.ts";
import { statement, written } from "../../platform/database/statement.ts";
import { idToBytes } from "../../platform/ids.ts";
import type { Booking } from "../schema.ts";

/** A booking that is to be made. */
export interface StagedBooking {
  line: number;
  /** Id of its entry in the audit trail. */
  entryId: string;
  /** As the database writes times. */
  startsAt: string;
  endsAt: string;
  booking: Booking;
}

/** Rows that one statement writes or removes: some ten milliseconds each. */
const writtenAtOnce = 250;
const removedAtOnce = 5_000;
/** Rows of an import that broke off are removed once it can't be running any more, milliseconds. */
const longestImportMs = 3_600_000;
/** Most leftovers that one import removes, so that its sender does not wait for more. */
const mostLeftovers = 100_000;

interface Chunk {
  import_id: Buffer;
  /** How many rows are staged already. */
  before: number;
  /** JSON. */
  rows: string;
}

const insertChunk = statement(["import_id", "before", "rows"], (db, { import_id, before, rows }: Chunk) =>
  written(
    db,
    sql`
      insert into import_rows (import_id, position, line, booking_id, entry_id, resource, client_name, client_email, client_phone,
        notes, starts_at, ends_at, after)
      select ${import_id}, ${before} + ordinal, line, uuid_to_bin(booking_id), uuid_to_bin(entry_id), resource, client_name,
        client_email, client_phone, notes, starts_at, ends_at, after
      from json_table(${rows}, '$[*]' columns (
        ordinal for ordinality,
        line int unsigned path '$.line',
        entry_id char(36) path '$.entryId',
        starts_at datetime(3) path '$.startsAt',
        ends_at datetime(3) path '$.endsAt',
        booking_id char(36) path '$.booking.id',
        resource varchar(64) path '$.booking.resource',
        client_name varchar(100) path '$.booking.clientName',
        client_email varchar(254) path '$.booking.clientEmail',
        client_phone varchar(16) path '$.booking.clientPhone',
        notes varchar(500) path '$.booking.notes',
        after json path '$.booking'
      )) as chunk`,
  ),
);

interface Part {
  import_id: Buffer;
  most: number;
}

const removePart = statement(["import_id", "most"], (db, { import_id, most }: Part) =>
  written(db, sql`delete from import_rows where import_id = ${import_id} limit ${most}`),
);

const findLeftover = statement(["import_id"], (db, { import_id }: Pick<Part, "import_id">) =>
  db.selectFrom("import_rows").select("import_id").where("import_id", "<", import_id).limit(1),
);

/** The bookings of one import, kept outside of everybody's sight, each chunk in a transaction of its own. */
export class Staging {
  readonly importId: string;
  readonly #database: DatabaseAccess;
  #chunk: StagedBooking[] = [];
  #written = 0;

  constructor(database: DatabaseAccess, importId: string) {
    this.#database = database;
    this.importId = importId;
  }

  /** Bookings added so far. */
  get count(): number {
    return this.#written + this.#chunk.length;
  }

  async add(booking: StagedBooking): Promise<void> {
    this.#chunk.push(booking);
    if (this.#chunk.length === writtenAtOnce) await this.flush();
  }

  /** Writes what is not yet written. */
  async flush(): Promise<void> {
    if (this.#chunk.length === 0) return;
    const rows = JSON.stringify(this.#chunk);
    const values = { import_id: idToBytes(this.importId), before: this.#written, rows };
    await this.#database.transaction((db) => insertChunk(db, values));
    this.#written += this.#chunk.length;
    this.#chunk = [];
  }

  async remove(): Promise<void> {
    this.#chunk = [];
    for (let left = this.#written; left > 0; left -= removedAtOnce)
      await this.#remove(idToBytes(this.importId));
  }

  /** Removes what imports left behind that broke off: with their process, or with the database. */
  async removeLeftovers(): Promise<void> {
    const oldest = Buffer.alloc(16);
    oldest.writeUIntBE(Date.now() - longestImportMs, 0, 6);
    for (let removed = 0; removed < mostLeftovers; removed += removedAtOnce) {
      const [leftover] = await this.#database.read((db) => findLeftover(db, { import_id: oldest }));
      if (leftover === undefined) return;
      await this.#remove(leftover.import_id);
    }
  }

  async #remove(importId: Buffer): Promise<void> {
    const part = { import_id: importId, most: removedAtOnce };
    await this.#database.transaction((db) => removePart(db, part));
  }
}
