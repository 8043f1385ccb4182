import { sql } from "kysely";
import { AuditTrail } from "../../../app/audit/trail.ts";
import { overlaps } from "../../../app/bookings/repository.ts";
import type { DatabaseAccess } from "../../../app/platform/database/database.ts";
import { statement } from "../../../app/platform/database/statement.ts";
import { toDatabaseTime } from "../../../app/platform/database/times.ts";
import { idToBytes, newId } from "../../../app/platform/ids.ts";
import type { At } from "../../cli/progress.ts";
import { count, counted } from "../../cli/words.ts";
import { makeBooking, organisations, type SeededBooking } from "./bookings.ts";

export interface SeedOptions {
  /** The same number gives the same data. */
  seed: number;
  bookings: number;
}

/** How many bookings each organisation has afterwards, the seed's and others. */
export type SeedResult = { organisation: string; bookings: number }[];

/** Bookings made at a time: those of an organisation among them are one transaction, in which its other changes wait. */
const batch = 10_000;

/**
 * Fills the organisations with made-up bookings. What is there from an earlier run stays as it is, so a second run adds nothing; a
 * booking whose slot somebody has taken is left out.
 */
export const seedBookings = async (
  database: DatabaseAccess,
  { seed, bookings }: SeedOptions,
  at: At,
): Promise<SeedResult> => {
  await database.transaction(async (transaction) => {
    for (const { id, name } of organisations) await addOrganisation(transaction, { id: idToBytes(id), name });
  });
  const audit = new AuditTrail(database);
  for (let from = 0; from < bookings; from += batch) {
    at(`${count(from)} of ${count(bookings)} bookings`);
    const size = Math.min(batch, bookings - from);
    const made = Array.from({ length: size }, (_, index) => makeBooking(seed, from + index));
    const byOrganisation = Map.groupBy(made, ({ organisationId }) => organisationId);
    for (const [organisationId, rows] of byOrganisation) await load(audit, organisationId, rows);
  }
  return await Promise.all(
    organisations.map(async ({ id, name }) => {
      const [row] = await database.read((db) => countBookings(db, { id: idToBytes(id) }));
      return { organisation: name, bookings: Number(row?.bookings) };
    }),
  );
};

/** How many there are now, for a person. */
export const seedReport = (result: SeedResult): string =>
  result.map(({ organisation, bookings }) => `${organisation}: ${counted(bookings, "booking")}`).join("\n");

/** Puts rows into the table that are not there, and an entry about them into the audit trail. */
const load = async (audit: AuditTrail, organisationId: string, made: SeededBooking[]): Promise<void> => {
  const origin = { organisationId, actor: "operator", requestId: newId() };
  await audit.change(origin, async (transaction) => {
    await insertMissing(transaction, { rows: JSON.stringify(made.map(toRow)) });
    const [inserted] = await countInserted(transaction, {});
    if (!inserted?.bookings) return;
    const after = { bookings: inserted.bookings };
    transaction.record({
      entity: "organisation",
      entityId: organisationId,
      verb: "seeded",
      before: null,
      after,
    });
  });
};

const addOrganisation = statement<{ id: Buffer; name: string }, never>(["id", "name"], (db, row) =>
  db.insertInto("organisations").ignore().values(row),
);

const countInserted = statement<object, { bookings: number }>([], (db) =>
  db.selectNoFrom(sql<number>`row_count()`.as("bookings")),
);

const countBookings = statement<{ id: Buffer }, { bookings: number }>(["id"], (db, { id }) =>
  db
    .selectFrom("bookings")
    .select((column) => column.fn.countAll<number>().as("bookings"))
    .where("organisation_id", "=", id),
);

/** A booking as the statement below takes it: texts and numbers in the order of its columns. */
const toRow = (booking: SeededBooking) => [
  booking.id,
  booking.organisationId,
  booking.resource,
  booking.clientName,
  booking.clientEmail,
  booking.clientPhone,
  booking.notes,
  toDatabaseTime(booking.startsAt),
  toDatabaseTime(booking.endsAt),
  booking.status,
  booking.version,
  toDatabaseTime(booking.createdAt),
];

/**
 * All rows travel as one JSON text, which the server takes apart. It counts, instead of asking what exists, because it would turn that
 * into a join of the whole table.
 */
const insertMissing = statement<{ rows: string }, never>(["rows"], (db, { rows }) => ({
  compile: () =>
    sql<never>`
      insert into bookings (id, organisation_id, resource, client_name, client_email, client_phone, notes, starts_at, ends_at,
        status, version, created_at, updated_at)
      select made.*, made.created_at from (
        select uuid_to_bin(id) as id, uuid_to_bin(organisation_id) as organisation_id, resource, client_name, client_email,
          client_phone, notes, starts_at, ends_at, status, version, created_at
        from json_table(${rows}, '$[*]' columns (
          id char(36) path '$[0]', organisation_id char(36) path '$[1]', resource varchar(64) path '$[2]',
          client_name varchar(100) path '$[3]', client_email varchar(254) path '$[4]', client_phone varchar(16) path '$[5]',
          notes varchar(500) path '$[6]', starts_at datetime(3) path '$[7]', ends_at datetime(3) path '$[8]',
          status varchar(16) path '$[9]', version int path '$[10]', created_at datetime(3) path '$[11]')) as given
      ) as made
      where (select count(*) from bookings as same where same.id = made.id) = 0
        and (
          select /*+ index(taken bookings_by_resource) */ count(*) from bookings as taken
          where taken.organisation_id = made.organisation_id and taken.resource = made.resource
            and taken.status = 'confirmed' and made.status = 'confirmed'
            and ${overlaps("taken", { startsAt: sql.ref("made.starts_at"), endsAt: sql.ref("made.ends_at") })}) = 0
    `.compile(db),
}));
