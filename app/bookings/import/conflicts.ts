import { sql } from "kysely";
import type { Problem } from "../../http/errors/problem.ts";
import type { DatabaseAccess } from "../../platform/database/database.ts";
import { type Statement, statement, written } from "../../platform/database/statement.ts";
import { idFromBytes, idToBytes } from "../../platform/ids.ts";
import { fileProblem, mostFaults } from "./faults.ts";

/**
 * Which bookings of an import take a slot that is taken. Each question goes once through both sides in the order of start and remembers
 * the latest end so far (`reach`: the end, 23 characters, then whose it is), because a search for each line among a month's bookings
 * takes minutes at 100,000 lines.
 */
interface Conflict {
  line: number;
  /** Of all found, of which at most `mostFaults` are answered. */
  found: number;
}
type WithLine = Conflict & { other: number };
type WithBooking = Conflict & { taken: Buffer };

interface OfImport {
  import_id: Buffer;
}

const withinFile: Statement<OfImport, WithLine> = statement(["import_id"], (db, { import_id }) =>
  written<WithLine>(
    db,
    sql`
      select line, cast(substr(reach, 24) as unsigned) as other, count(*) over () as found
      from (
        select line, starts_at, lag(reach) over (partition by resource order by starts_at, line) as reach
        from (
          select resource, line, starts_at,
            max(concat(ends_at, line)) over (partition by resource order by starts_at, line rows unbounded preceding) as reach
          from import_rows
          where import_id = ${import_id}
        ) as reached
      ) as before_it
      where left(reach, 23) > starts_at
      order by line limit ${sql.lit(mostFaults)}`,
  ),
);

/** Both sides in one order. @param staged, bookings the two sides, as conditions of rows. */
const withBookings = (staged: ReturnType<typeof sql>, bookings: ReturnType<typeof sql>) => sql<WithBooking>`
  select coalesce(line, cast(substr(reach, 24) as unsigned)) as line, coalesce(id, unhex(substr(booked_reach, 24))) as taken,
    count(*) over () as found
  from (
    select line, id, starts_at,
      max(if(id is null, concat(ends_at, line), null)) over so_far as reach,
      max(if(id is null, null, concat(ends_at, hex(id)))) over so_far as booked_reach
    from (${staged} union all ${bookings}) as slots
    window so_far as (partition by resource order by starts_at, line rows unbounded preceding)
  ) as reached
  where left(if(id is null, booked_reach, reach), 23) > starts_at
  order by line limit ${sql.lit(mostFaults)}`;

interface InMonth extends OfImport {
  organisation_id: Buffer;
  /** Its first day. */
  month: string;
}

/** A booking lasts 31 days at most (schema.ts), so others that start within 31 days of it can be in its way. */
const inMonth: Statement<InMonth, WithBooking> = statement(
  ["import_id", "organisation_id", "month"],
  (db, { import_id, organisation_id, month }) => {
    const staged = sql`from import_rows where import_id = ${import_id} and starts_at >= ${month}
      and starts_at < ${month} + interval 1 month`;
    return written(
      db,
      withBookings(
        sql`select line, null as id, resource, starts_at, ends_at ${staged}`,
        sql`select null, b.id, b.resource, b.starts_at, b.ends_at
            from (select distinct resource ${staged}) as used
            join bookings as b force index (bookings_by_resource) on b.organisation_id = ${organisation_id}
              and b.resource = used.resource and b.status = 'confirmed'
              and b.starts_at > ${month} - interval 31 day and b.starts_at < ${month} + interval 1 month + interval 31 day`,
      ),
    );
  },
);

const monthsOf = statement(["import_id"], (db, { import_id }: OfImport) =>
  written<{ month: string }>(
    db,
    sql`select distinct date_format(starts_at, '%Y-%m-01') as month from import_rows where import_id = ${import_id} order by 1`,
  ),
);

interface Changed extends OfImport {
  organisation_id: Buffer;
  /** Number of the last link whose changes are known. */
  link: number;
}

/** @param auditSchema which tells what has changed since. */
export const changedSince = (auditSchema: string): Statement<Changed, WithBooking> =>
  statement(["import_id", "organisation_id", "link"], (db, { import_id, organisation_id, link }) =>
    written(
      db,
      withBookings(
        sql`select line, null as id, resource, starts_at, ends_at from import_rows where import_id = ${import_id}`,
        sql`select null, b.id, b.resource, b.starts_at, b.ends_at
            from (
              select distinct entity_id from ${sql.table(`${auditSchema}.audit_log`)}
              where organisation_id = ${organisation_id} and link > ${link} and entity = 'booking'
            ) as changed
            join bookings as b on b.id = changed.entity_id
            where b.organisation_id = ${organisation_id} and b.status = 'confirmed'`,
      ),
    ),
  );

/** Why the import cannot be: two of its lines, or a line and a booking, want one slot. Undefined where it can. */
export async function conflictOf(
  database: DatabaseAccess,
  organisationId: string,
  importId: string,
): Promise<Problem | undefined> {
  const import_id = idToBytes(importId);
  const organisation_id = idToBytes(organisationId);
  const twice = await database.read((db) => withinFile(db, { import_id }));
  if (twice.length > 0) return conflict(twice, ({ other }) => `line ${other}`);
  for (const { month } of await database.read((db) => monthsOf(db, { import_id }))) {
    const taken = await database.read((db) => inMonth(db, { import_id, organisation_id, month }));
    if (taken.length > 0) return bookingConflict(taken);
  }
  return undefined;
}

/** @throws Problem `slot_taken` */
export function refuseTaken(taken: readonly WithBooking[]): void {
  if (taken.length > 0) throw bookingConflict(taken);
}

const bookingConflict = (taken: readonly WithBooking[]): Problem =>
  conflict(taken, (row) => `booking ${idFromBytes(row.taken)}`);

function conflict<Row extends Conflict>(rows: readonly Row[], nameOther: (row: Row) => string): Problem {
  const faults = rows.map((row) => ({
    line: row.line,
    field: "startsAt",
    message: `overlaps ${nameOther(row)}`,
  }));
  return fileProblem("slot_taken", faults, (rows[0]?.found ?? 0) - faults.length);
}
