import { type Kysely, sql } from "kysely";
import type { Position } from "../platform/cursor.ts";
import { type Connection, type Statement, statement } from "../platform/database/statement.ts";
import type { Tables } from "../platform/database/tables.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import { type Row, toBooking } from "./row.ts";
import type { Booking, BookingFilter } from "./schema.ts";
import type { BookingStatus } from "./table.ts";

interface PageValues {
  organisationId: Buffer;
  status?: BookingStatus | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** A LIKE pattern. */
  search?: string | undefined;
  /** The last booking of the page before; both or neither. */
  afterStart?: string | undefined;
  afterId?: Buffer | undefined;
  limit: number;
}

/** One page in the order of start, after `after`. It reads one row more than the limit, which shows whether a next page exists. */
export async function listBookings(
  db: Connection,
  organisationId: string,
  filter: BookingFilter,
  after: Position | undefined,
): Promise<Booking[]> {
  const values: PageValues = {
    organisationId: idToBytes(organisationId),
    status: filter.status,
    from: filter.from && toDatabaseTime(filter.from),
    to: filter.to && toDatabaseTime(filter.to),
    search: filter.search === undefined ? undefined : `%${escapeLike(filter.search)}%`,
    afterStart: after && toDatabaseTime(after.at),
    afterId: after && idToBytes(after.id),
    limit: filter.limit + 1,
  };
  const rows = await pageStatement(values)(db, values);
  return rows.map(toBooking);
}

/** `%` and `_` in what a person types are characters, not wildcards. */
const escapeLike = (text: string): string => text.replace(/[!%_]/g, "!$&");

/** One statement for each combination of filters in use: at most 32. */
const pageStatements = new Map<string, Statement<PageValues, Row>>();

function pageStatement(values: PageValues): Statement<PageValues, Row> {
  const names = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const key = names.join();
  let known = pageStatements.get(key);
  if (known === undefined) {
    known = statement(names as (keyof PageValues)[], selectPage);
    pageStatements.set(key, known);
  }
  return known;
}

function selectPage(db: Kysely<Tables>, values: PageValues) {
  const { organisationId, status, from, to, search, afterStart, afterId, limit } = values;
  let query = db.selectFrom("bookings").selectAll().where("organisation_id", "=", organisationId);
  if (status !== undefined) query = query.where("status", "=", status);
  if (from !== undefined) query = query.where("starts_at", ">=", from);
  if (to !== undefined) query = query.where("starts_at", "<", to);
  if (search !== undefined) query = query.where(matches(search));
  if (afterStart !== undefined && afterId !== undefined) {
    // Not `(starts_at, id) > (…)`: MySQL reads no range of the index for that.
    query = query
      .where("starts_at", ">=", afterStart)
      .where((where) => where.or([where("starts_at", ">", afterStart), where("id", ">", afterId)]));
  }
  return query.orderBy("starts_at").orderBy("id").limit(limit);
}

function matches(pattern: string) {
  return sql<boolean>`(client_name like ${pattern} escape '!'
    or client_email like ${pattern} escape '!'
    or client_phone like ${pattern} escape '!')`;
}
