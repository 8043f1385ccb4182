import type { Position } from "../platform/cursor.ts";
import type { Connection } from "../platform/database/statement.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import {
  type PageValues,
  type PositionRow,
  readEnd,
  readExcess,
  readPage,
  readRare,
} from "./page-statements.ts";
import { type Row, toBooking } from "./row.ts";
import type { Booking, BookingFilter } from "./schema.ts";
import { patternsOf } from "./search.ts";

/** One page of the list. */
export interface Page {
  items: Booking[];
  /** Where the next page begins; undefined where there is none. */
  next: Position | undefined;
}

/**
 * One page in the order of start, behind `after`. It reads one row more than the limit, which shows whether a next page exists.
 *
 * A search costs no more than a fixed number of index entries, however much it finds: the positions of a rare text are sorted; for a
 * text that is found often the page looks through the next bookings, and where it finds less than the limit in so many, it is shorter,
 * and the next page goes on there.
 */
export async function listBookings(
  db: Connection,
  organisationId: string,
  filter: BookingFilter,
  after: Position | undefined,
): Promise<Page> {
  const { limit, search } = filter;
  const values: PageValues = {
    organisationId: idToBytes(organisationId),
    status: filter.status,
    resource: filter.resource,
    from: filter.from && toDatabaseTime(filter.from),
    to: filter.to && toDatabaseTime(filter.to),
    afterStart: after && toDatabaseTime(after.at),
    afterId: after && idToBytes(after.id),
    limit: limit + 1,
  };
  if (search === undefined) return pageOf(await readPage(db, values), limit);
  const patterns = patternsOf(search);
  const [excess] = await readExcess(db, { organisationId: values.organisationId, ...patterns });
  if (excess === undefined) return pageOf(await readRare(db, { ...values, ...patterns }), limit);
  const { limit: _, ...everything } = values;
  // First: what comes or goes meanwhile is then before the end, and on this page, or behind it, and on the next.
  const [end] = await readEnd(db, everything);
  const until = end && { untilStart: end.starts_at, untilId: end.id };
  const page = pageOf(await readPage(db, { ...values, ...patterns, ...until }), limit);
  return page.next === undefined && end ? { ...page, next: positionOf(end) } : page;
}

function pageOf(rows: readonly Row[], limit: number): Page {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items: items.map(toBooking), next: last && positionOf(last) };
}

const positionOf = ({ starts_at, id }: PositionRow): Position => ({
  at: new Date(fromDatabaseTime(starts_at)),
  id: idFromBytes(id),
});
