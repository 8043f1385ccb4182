import { CommandError } from "../../cli/errors.ts";
import type { Session } from "./session.ts";
import { placeOf, quoteName, type Table, tuples } from "./tables.ts";

/** What every INSERT of a table begins with. */
export const insertHead = ({ name, columns }: Pick<Table, "name" | "columns">): string =>
  `INSERT INTO ${quoteName(name)} (${columns.map((column) => quoteName(column.name)).join(", ")}) VALUES `;

/** An INSERT as the server takes it; rows are in Latin-1, a character for each byte of UTF-8. */
const insertOf = (table: Pick<Table, "name" | "columns">, rows: readonly (readonly string[])[]): string => {
  const text = rows.map((values) => `(${values.join(",")})`).join(",");
  return `${insertHead(table)}${Buffer.from(text, "latin1").toString("utf8")}`;
};

/**
 * Compares rows as they were written with those of a table, both in the table's order.
 * @param table what is read; @param named whose rows an error speaks of
 * @returns the first place where they differ; undefined: nowhere
 */
export const firstDifference = async (
  session: Session,
  table: Table,
  written: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  named: Table = table,
): Promise<string | undefined> => {
  const rows = tuples(session, table)[Symbol.asyncIterator]();
  try {
    for await (const wanted of written) {
      const next = await rows.next();
      if (next.done) return `${placeOf(named, wanted)} is missing`;
      const index = wanted.findIndex((value, at) => value !== next.value.values[at]);
      if (index >= 0) return `${placeOf(named, wanted, index)} is another`;
    }
    const surplus = await rows.next();
    return surplus.done ? undefined : `${placeOf(named, surplus.value.values)} is one too many`;
  } finally {
    await rows.return?.();
  }
};

/**
 * Inserts rows; where the server refuses them, one by one to say which.
 * @throws CommandError that names the row; the server's message names the column
 */
export const insertRows = async (
  session: Session,
  table: Table,
  rows: readonly (readonly string[])[],
): Promise<void> => {
  try {
    await session.query(insertOf(table, rows));
  } catch (cause) {
    for (const row of rows) {
      await session.query(insertOf(table, [row])).catch((error: unknown) => {
        throw new CommandError(
          `${placeOf(table, row)}: the server does not take it back (${error instanceof Error ? error.message : error}).`,
          { cause: error },
        );
      });
    }
    throw cause;
  }
};
