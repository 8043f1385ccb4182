import mysql from "mysql2";
import { CommandError } from "../../cli/errors.ts";
import { isSendable, kindOf, literal, type ValueKind } from "./literals.ts";
import type { Session } from "./session.ts";

interface Column {
  name: string;
  kind: ValueKind;
  expression: string;
}

/** A table as a backup reads it. */
export interface Table {
  schema: string;
  name: string;
  /** Without generated columns: the server computes those again. */
  columns: readonly Column[];
  /** SQL that gives the rows always the same order: the primary key's, read without sorting, else that of all columns. */
  inOrder: string;
  /** Columns of the primary key. */
  key: readonly string[];
}

const text = (value: unknown): string => String(value);
export const quoteName = (name: string): string => mysql.escapeId(name, true);
export const qualified = ({ schema, name }: Pick<Table, "schema" | "name">): string =>
  `${quoteName(schema)}.${quoteName(name)}`;

/** Which of the schemas exist. */
export const existingSchemas = async (session: Session, names: readonly string[]): Promise<string[]> => {
  const rows = await session.query(
    "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name IN (?)",
    [names],
  );
  return rows.map(({ name }) => text(name));
};

/** Names of a schema's tables. */
export const tableNames = async (session: Session, schema: string): Promise<string[]> => {
  const rows = await session.query(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE' ORDER BY 1",
    [schema],
  );
  return rows.map(({ name }) => text(name));
};

/**
 * What a schema holds besides tables, `view bulwark.window`. Triggers, routines and events show only to users who may make them,
 * which none of the product's users may: the bootstrap looks for them as the master user at every deployment, and warns.
 */
const besidesTables = `
  SELECT LOWER(table_type) AS kind, table_schema AS home, table_name AS name
    FROM information_schema.tables WHERE table_type <> 'BASE TABLE'
  UNION ALL SELECT 'trigger', trigger_schema, trigger_name FROM information_schema.triggers
  UNION ALL SELECT LOWER(routine_type), routine_schema, routine_name FROM information_schema.routines
  UNION ALL SELECT 'event', event_schema, event_name FROM information_schema.events`;

/** @throws CommandError when a schema holds something besides tables: a backup would leave it out without a word */
export const requireTablesOnly = async (session: Session, names: readonly string[]): Promise<void> => {
  const rows = await session.query(
    `SELECT CONCAT(kind, ' ', home, '.', name) AS what FROM (${besidesTables}) AS found WHERE home IN (?) ORDER BY 1`,
    [names],
  );
  if (rows.length === 0) return;
  throw new CommandError(
    `A backup holds tables only, and would leave out: ${rows.map(({ what }) => text(what)).join(", ")}. Drop them, or make them by hand after a restore and back up with mysqldump.`,
  );
};

/** Reads what is needed to read a table's rows. */
export const describeTable = async (session: Session, schema: string, name: string): Promise<Table> => {
  const rows = await session.query(
    `SELECT c.column_name AS name, c.data_type AS type, c.character_set_name AS characters, k.seq_in_index AS place
     FROM information_schema.columns c
     LEFT JOIN information_schema.statistics k ON k.table_schema = c.table_schema AND k.table_name = c.table_name
       AND k.column_name = c.column_name AND k.index_name = 'PRIMARY'
     WHERE c.table_schema = ? AND c.table_name = ? AND c.generation_expression = ''
     ORDER BY c.ordinal_position`,
    [schema, name],
  );
  const columns = rows.map((row) =>
    columnOf(text(row.name), text(row.type), row.characters === null ? null : text(row.characters)),
  );
  const key = rows
    .filter(({ place }) => place !== null)
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map((row) => quoteName(text(row.name)));
  const everything = columns.map((column) => quoteName(column.name)).join(", ");
  const inOrder =
    key.length > 0 ? `FORCE INDEX (PRIMARY) ORDER BY ${key.join(", ")}` : `ORDER BY ${everything}`;
  return {
    schema,
    name,
    columns,
    inOrder,
    key: rows.filter(({ place }) => place !== null).map((row) => text(row.name)),
  };
};

const columnOf = (name: string, type: string, characterSet: string | null): Column => {
  const kind = kindOf(type, characterSet);
  const column = quoteName(name);
  // FLOAT is printed with six digits, which is fewer than it holds.
  if (type === "float") return { name, kind, expression: `CAST(${column} AS DOUBLE)` };
  // Bytes as they are stored, not as the connection's character set has them.
  return { name, kind, expression: kind === "binary" && characterSet ? `CAST(${column} AS BINARY)` : column };
};

/** The statement that makes a table, on one line, without its schema. @throws CommandError for a reference to another schema */
export const createStatement = async (session: Session, table: Table): Promise<string> => {
  const [row] = await session.query(`SHOW CREATE TABLE ${qualified(table)}`);
  const statement = text(row?.["Create Table"]);
  if (/ REFERENCES `(?:[^`]|``)+`\./.test(statement)) {
    throw new CommandError(
      `${table.schema}.${table.name} refers to a table of another schema: restored elsewhere it would still refer to the one here.`,
    );
  }
  // Within quotes the server writes \n: a real line end is layout.
  return statement.replaceAll("\n", " ");
};

/** A row as a backup writes it: `(1,'a',x'00')`, in Latin-1 (see `literal`). */
export interface Tuple {
  text: string;
  values: readonly string[];
}

/**
 * Each row in the table's order.
 * @throws CommandError that names a value which no statement can carry
 */
export async function* tuples(session: Session, table: Table): AsyncIterable<Tuple> {
  const { columns } = table;
  const select = columns.map(({ expression }) => expression).join(", ");
  const sql = `SELECT ${select} FROM ${qualified(table)} ${table.inOrder}`;
  const kinds = columns.map(({ kind }) => kind);
  const documents = kinds.flatMap((kind, index) => (kind === "json" ? [index] : []));
  for await (const row of session.rows(sql)) {
    const values = new Array<string>(kinds.length);
    for (let index = 0; index < kinds.length; index += 1) {
      values[index] = literal(row[index] ?? null, kinds[index] ?? "binary");
    }
    for (const index of documents) {
      if (!isSendable(values[index] ?? "")) throw unsendable(table, values, index);
    }
    yield { text: `(${values.join(",")})`, values };
  }
}

const unsendable = (table: Table, values: readonly string[], index: number): CommandError =>
  new CommandError(
    `${placeOf(table, values, index)}: its JSON is no text, so no statement can write it. Correct it, then take the backup again.`,
  );

/** Names a row of a table by its primary key, or by all it holds; and one of its columns. */
export const placeOf = (
  { schema, name, columns, key }: Table,
  values: readonly string[],
  index?: number,
): string => {
  const named = columns.flatMap((column, at) =>
    key.length === 0 || key.includes(column.name) ? [`${column.name} = ${values[at]}`] : [],
  );
  const row = `${schema}.${name}, row ${named.join(", ").slice(0, longestRow)}`;
  return index === undefined ? row : `${row}, column ${columns[index]?.name}`;
};
/** Of a row without a key, characters. */
const longestRow = 200;

/** Statements that make texts, times and numbers come and go the same way under any defaults of the server. */
export const sessionSettings: readonly string[] = [
  "SET NAMES utf8mb4",
  "SET SESSION time_zone = '+00:00'",
  // Not strict: what is in a table goes back into it, by whichever rules it came in. The checksums tell if it did not.
  "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
  // Compressing and encrypting may hold the server up for longer than its minute.
  "SET SESSION net_write_timeout = 600, net_read_timeout = 600",
];
