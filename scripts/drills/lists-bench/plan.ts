import * as z from "zod";
import { listBookings } from "../../../app/bookings/pages.ts";
import type { Connection } from "../../../app/platform/database/statement.ts";
import type { Asked } from "./cases.ts";

/** How MySQL says that it reads the table of bookings, for all statements of one page. */
export interface Access {
  /** EXPLAIN's access types. */
  types: string[];
  indexes: string[];
  /** Rows and index entries that the page has read in fact, sorted positions included. */
  reads: number;
  /** Whether it reads the whole table or a whole index, or sorts what it reads there. */
  isWhole: boolean;
}

const planRow = z.object({
  table: z.string().nullable(),
  type: z.string().nullable(),
  key: z.string().nullable(),
  Extra: z.string().nullable(),
});

/** Reads a page, and has each of its statements explained. */
export const accessOf = async (
  connection: Connection,
  organisationId: string,
  { filter, after }: Asked,
): Promise<Access> => {
  const statements: [text: string, values: unknown[]][] = [];
  const recording: Connection = {
    run: (text, values) => {
      statements.push([text, values]);
      return connection.run(text, values);
    },
  };
  const before = await readsOf(connection);
  await listBookings(recording, organisationId, filter, after);
  const reads = (await readsOf(connection)) - before;
  const plans = await Promise.all(
    statements.map(([text, values]) => connection.run(`explain ${text}`, values)),
  );
  const rows = z
    .array(planRow)
    .parse(plans.flat())
    // Others are what a statement has found so far: `<derived2>`.
    .filter(({ table }) => table === "bookings");
  return {
    types: [...new Set(rows.map(({ type }) => type ?? "none"))],
    indexes: [...new Set(rows.flatMap(({ key }) => key ?? []))],
    reads,
    isWhole: rows.some(
      ({ type, Extra }) => type === "ALL" || type === "index" || /filesort/.test(Extra ?? ""),
    ),
  };
};

const counter = z.object({ Value: z.coerce.number() });

/** What this connection has read from tables and indexes so far. */
const readsOf = async (connection: Connection): Promise<number> => {
  const counters = await connection.run("show session status like 'Handler_read%'", []);
  return z
    .array(counter)
    .parse(counters)
    .reduce((sum, { Value }) => sum + Value, 0);
};
