import { type RawBuilder, sql } from "kysely";
import { keysOf } from "../contract/records.ts";
import { type Connection, type Statement, statement } from "../platform/database/statement.ts";
import type { Row } from "./row.ts";
import { type Patterns, searched } from "./search.ts";
import { type BookingStatus, bookingStatuses } from "./table.ts";

/** What a page is asked for. */
export interface PageValues extends Patterns {
  organisationId: Buffer;
  status?: BookingStatus | undefined;
  resource?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** The last booking of the page before; both or neither. */
  afterStart?: string | undefined;
  afterId?: Buffer | undefined;
  /** The last booking that is looked at; both or neither. */
  untilStart?: string | undefined;
  untilId?: Buffer | undefined;
  /** Not for `readEnd` and `readExcess`, which say themselves how far they read. */
  limit?: number;
}

/** A position in the order of start. */
export type PositionRow = Pick<Row, "starts_at" | "id">;

/** A search is rare that finds no more bookings than this: it bounds how many positions are sorted. */
const mostSorted = 2_000;
/** How many bookings a page looks through for a text that is not rare. */
const mostLookedThrough = 2_000;

/** The bookings in the order of start; with patterns, those that match one of them. */
export const readPage = forms<Row>((values) => inOrder(values, sql`*`, values.limit, undefined));

/** Where a page that looks through the bookings one by one stops: no row where there are fewer left. */
export const readEnd = forms<PositionRow>((values) =>
  inOrder(values, sql`starts_at, id`, sql.lit(1), sql.lit(mostLookedThrough - 1)),
);

/** One row where the patterns are not rare. */
export const readExcess = forms<{ found: 1 }>((values) => {
  const found = eachPattern(values, (index, matches) => {
    const one = sql`select /*+ index(bookings ${index}) */ 1 as found from bookings`;
    return sql`(${one} where organisation_id = ${values.organisationId} and ${matches} limit ${sql.lit(mostSorted + 1)})`;
  });
  return sql`${sql.join(found, sql` union all `)} limit 1 offset ${sql.lit(mostSorted)}`;
});

/** The bookings that match rare patterns, in the order of start: all positions are sorted, and as few bookings as possible are read. */
export const readRare = forms<Row>((values) => {
  const { status, resource } = values;
  const found = eachPattern(values, (index, matches) => {
    const positions = sql`select /*+ index(bookings ${index}) */ starts_at, id from bookings`;
    return sql`${positions} where ${every(within(values), matches)}`;
  });
  const conditions = every(
    sql`true`,
    status && sql`bookings.status = ${status}`,
    resource && sql`bookings.resource = ${resource}`,
  );
  return sql`select straight_join bookings.* from (${sql.join(found, sql` union distinct `)}) as found
    join bookings on bookings.id = found.id where ${conditions}
    order by found.starts_at, found.id limit ${values.limit}`;
});

/**
 * Reads an index that has the order of start, so that nothing is sorted. The hint keeps the optimizer from an index that only filters:
 * it judges by statistics, and would have to sort what may be the whole organisation.
 */
function inOrder(
  values: PageValues,
  columns: RawBuilder<unknown>,
  limit: unknown,
  offset: unknown,
): RawBuilder<Row> {
  const { status, resource } = values;
  const by = sql`order by starts_at, id`;
  const skipped = offset === undefined ? sql`` : sql`offset ${offset}`;
  const through = (index: string, ...conditions: (RawBuilder<unknown> | undefined)[]) =>
    sql`select /*+ index(bookings ${sql.ref(index)}) */ ${columns} from bookings
      where ${every(within(values), ...conditions, anyPattern(values))} ${by}`;
  if (resource === undefined) {
    const from = status
      ? through("bookings_by_status", sql`status = ${status}`)
      : through("bookings_by_start");
    return sql`${from} limit ${limit} ${skipped}`;
  }
  const ofResource = (one: unknown) =>
    through("bookings_by_resource", sql`resource = ${resource}`, sql`status = ${one}`);
  if (status !== undefined) return sql`${ofResource(status)} limit ${limit} ${skipped}`;
  // The index has the order of start within a status.
  const most = offset === undefined ? limit : sql.lit(mostLookedThrough);
  const parts = bookingStatuses.map((one) => sql`(${ofResource(sql.lit(one))} limit ${most})`);
  return sql`${sql.join(parts, sql` union all `)} ${by} limit ${limit} ${skipped}`;
}

/** Between the given times and positions. */
function within({ organisationId, from, to, afterStart, afterId, untilStart, untilId }: PageValues) {
  return every(
    sql`organisation_id = ${organisationId}`,
    from && sql`starts_at >= ${from}`,
    to && sql`starts_at < ${to}`,
    // Not `(starts_at, id) > (…)`: MySQL reads no range of the index for that.
    afterStart && sql`starts_at >= ${afterStart} and (starts_at > ${afterStart} or id > ${afterId})`,
    untilStart && sql`starts_at <= ${untilStart} and (starts_at < ${untilStart} or id <= ${untilId})`,
  );
}

const every = (...conditions: (RawBuilder<unknown> | "" | undefined)[]): RawBuilder<unknown> =>
  sql.join(
    conditions.filter((condition) => condition !== undefined && condition !== ""),
    sql` and `,
  );

/** For each pattern: its index, and the condition that a booking matches it. */
function eachPattern<T>(
  values: Patterns,
  work: (index: RawBuilder<unknown>, matches: RawBuilder<unknown>) => T,
): T[] {
  return keysOf(searched).flatMap((name) => {
    const { column, index } = searched[name];
    if (values[name] === undefined) return [];
    return work(sql.ref(index), sql`${sql.ref(column)} like ${values[name]} escape '!'`);
  });
}

function anyPattern(values: Patterns): RawBuilder<unknown> | undefined {
  const matches = eachPattern(values, (_index, match) => match);
  return matches.length === 0 ? undefined : sql`(${sql.join(matches, sql` or `)})`;
}

/** A statement in one form for each combination of values that are given. */
function forms<Result>(build: (values: PageValues) => RawBuilder<unknown>) {
  const known = new Map<string, Statement<PageValues, Result>>();
  return (connection: Connection, values: PageValues): Promise<Result[]> => {
    const names = keysOf(values).filter((name) => values[name] !== undefined);
    const key = names.join();
    const form =
      known.get(key) ??
      statement<PageValues, Result>(names, (db, given) => ({
        compile: () => sql<Result>`${build(given)}`.compile(db),
      }));
    known.set(key, form);
    return form(connection, values);
  };
}
