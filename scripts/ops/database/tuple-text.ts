import { CommandError } from "../../cli/errors.ts";

/**
 * Takes the rows of an INSERT of a backup apart again, each into its values as they are written. The text is in Latin-1, as
 * `literal` makes it.
 */
export const tuplesIn = (insert: string): string[][] => {
  const rows: string[][] = [];
  let row: string[] = [];
  value.lastIndex = insert.indexOf(" VALUES (") + " VALUES (".length;
  for (;;) {
    const [, text, end] = value.exec(insert) ?? [];
    if (text === undefined || end === undefined) {
      throw new CommandError("The backup holds a row that cannot be read: it was altered.");
    }
    row.push(text);
    if (end === ",") continue;
    rows.push(row);
    row = [];
    if (end === ");") return rows;
  }
};

/** A value and what follows it: another value, another row, the end. */
const value = /('[^'\\]*(?:\\.[^'\\]*)*'|[^',()]+|x'[0-9a-f]*')(,|\),\(|\);)/sy;
