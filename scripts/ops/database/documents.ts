import type { Session } from "./session.ts";
import { qualified, quoteName, type Table } from "./tables.ts";

/**
 * JSON columns can hold what SQL functions put there and JSON text has no word for: decimals, times, bytes. Loaded from text
 * they are doubles and strings (https://dev.mysql.com/doc/refman/8.4/en/json.html#json-converting-between-types). Such values
 * go as what they will be, so that the restore is what the backup says, and the person who takes it is told. The product
 * itself writes JSON as text only.
 */
export const withPlainDocuments = async (
  session: Session,
  table: Table,
  warn: ((text: string) => void) | undefined,
): Promise<Table> => {
  const columns = [];
  for (const column of table.columns) {
    const typed = column.kind === "json" ? await typedRows(session, table, quoteName(column.name)) : 0;
    if (typed === 0) {
      columns.push(column);
      continue;
    }
    warn?.(
      `${table.schema}.${table.name}, column ${column.name}: ${typed} rows hold decimals, times or bytes that SQL functions put into the JSON; a restore brings them back as what their text says, numbers as DOUBLE.`,
    );
    columns.push({
      ...column,
      expression: `COALESCE(${reparsed(quoteName(column.name))}, ${quoteName(column.name)})`,
    });
  }
  return { ...table, columns };
};

/** The value as it is once it has gone through text; NULL where its text is no UTF-8 and cut off, which `literal` sees to. */
const reparsed = (column: string): string =>
  `IF(JSON_VALID(CAST(${column} AS CHAR)), CAST(CAST(${column} AS CHAR) AS JSON), NULL)`;

const typedRows = async (session: Session, table: Table, column: string): Promise<number> => {
  const again = reparsed(column);
  const same = `${column} = ${again} AND CAST(${column} AS BINARY) = CAST(${again} AS BINARY)`;
  const [row] = await session.query(
    `SELECT COUNT(*) AS n FROM ${qualified(table)} WHERE COALESCE(NOT (${same}), FALSE)`,
  );
  return Number(row?.n);
};
