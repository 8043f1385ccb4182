import { createHash } from "node:crypto";
import { CommandError } from "../../cli/errors.ts";
import { insertHead } from "./differences.ts";
import { withPlainDocuments } from "./documents.ts";
import { directiveLine, formatVersion, type Header, type Manifest, type TableFigures } from "./format.ts";
import type { Proof } from "./proof.ts";
import type { Session } from "./session.ts";
import { takeSnapshot } from "./snapshot.ts";
import {
  createStatement,
  describeTable,
  existingSchemas,
  quoteName,
  requireTablesOnly,
  sessionSettings,
  type Table,
  type Tuple,
  tableNames,
  tuples,
} from "./tables.ts";

export interface DumpOptions {
  environment: string;
  /** The first is the one with the migrations. */
  schemas: readonly string[];
  /** Whether to note where to replay binlogs from. */
  withBinlog: boolean;
  /** Told of each table as it is read. */
  progress?: Reads;
  /** Told of what a restore brings back as something else. */
  warn?: (text: string) => void;
  /** Tries out whether the rows can be loaded again. */
  proof?: Proof | undefined;
}

/** Told how many rows of a table have been read. */
export type Reads = (table: string, rows: number) => void;

/** Statements are about this long: long enough to be quick, short enough for any server's max_allowed_packet. */
const statementBytes = 256 * 1024;
const toldEvery = 10_000;

/** Rows of a table as text, and what is known of them in the end. */
interface Reading {
  table: Table;
  progress?: Reads | undefined;
  figures?: TableFigures;
}

/**
 * Writes all tables of the schemas as text (see format.ts) from one consistent view, in pieces of some 256 KiB, and returns
 * what it wrote.
 */
export async function* dump(session: Session, options: DumpOptions): AsyncGenerator<Buffer, Manifest> {
  const { version, binlog } = await takeSnapshot(session, options.withBinlog);
  const found = await existingSchemas(session, options.schemas);
  const missing = options.schemas.filter((name) => !found.includes(name));
  if (missing.length > 0) throw new CommandError(`The database has no schema ${missing.join(", ")}.`);
  await requireTablesOnly(session, found);
  const header: Header = {
    kind: "header",
    format: formatVersion,
    environment: options.environment,
    createdAt: new Date().toISOString(),
    server: { version },
    migrations: await appliedMigrations(session, options.schemas[0] ?? ""),
    binlog,
  };
  yield utf8(directiveLine(header));
  yield utf8(forPlainClients([...sessionSettings, "SET SESSION foreign_key_checks = 0, unique_checks = 0"]));
  const tables: TableFigures[] = [];
  for (const schema of options.schemas) {
    yield utf8(directiveLine({ kind: "schema", name: schema }));
    yield utf8(
      forPlainClients([`CREATE DATABASE IF NOT EXISTS ${quoteName(schema)}`, `USE ${quoteName(schema)}`]),
    );
    for (const name of await tableNames(session, schema)) {
      tables.push(yield* dumpTable(session, schema, name, options));
    }
  }
  yield utf8(directiveLine({ kind: "end", tables }));
  await session.query("COMMIT");
  const { kind: _, ...said } = header;
  return { ...said, tables };
}

async function* dumpTable(
  session: Session,
  schema: string,
  name: string,
  { warn, proof, progress }: DumpOptions,
): AsyncGenerator<Buffer, TableFigures> {
  // Having read a table keeps others from altering it; going back to here lets them again.
  await session.query("SAVEPOINT before_table");
  const table = await withPlainDocuments(session, await describeTable(session, schema, name), warn);
  yield utf8(directiveLine({ kind: "table", name }));
  const create = await createStatement(session, table);
  await proof?.table(table, create);
  yield utf8(`${create};\n`);
  const reading: Reading = { table, progress };
  yield* inserts(session, reading, proof);
  await session.query("ROLLBACK TO SAVEPOINT before_table");
  if (!reading.figures) throw new CommandError(`${schema}.${name} was not read to its end.`);
  return reading.figures;
}

/** The rows as INSERT statements, a line each. */
async function* inserts(
  session: Session,
  reading: Reading,
  proof: Proof | undefined,
): AsyncGenerator<Buffer> {
  const head = utf8(insertHead(reading.table)).toString("latin1");
  let statement = "";
  let rows: (readonly string[])[] = [];
  const finish = async (): Promise<Buffer> => {
    await proof?.rows(rows);
    const line = Buffer.from(`${statement};\n`, "latin1");
    statement = "";
    rows = [];
    return line;
  };
  for await (const { text, values } of counted(session, reading)) {
    statement += statement === "" ? head + text : `,${text}`;
    if (proof) rows.push(values);
    if (statement.length >= statementBytes) yield await finish();
  }
  if (statement !== "") yield await finish();
}

async function* counted(session: Session, reading: Reading): AsyncGenerator<Tuple> {
  const hash = createHash("sha256");
  let rows = 0;
  const { table, progress } = reading;
  progress?.(table.name, rows);
  for await (const tuple of tuples(session, table)) {
    rows += 1;
    if (rows % toldEvery === 0) progress?.(table.name, rows);
    hash.update(tuple.text, "latin1");
    yield tuple;
  }
  const { schema, name } = table;
  reading.figures = { schema, name, rows, sha256: hash.digest("hex") };
}

/** Counts and sums up a table as a backup of it would. */
export const measureTable = async (
  session: Session,
  schema: string,
  name: string,
  progress?: Reads,
): Promise<TableFigures> => {
  const reading: Reading = { table: await describeTable(session, schema, name), progress };
  for await (const _ of counted(session, reading));
  if (!reading.figures) throw new CommandError(`${schema}.${name} was not read to its end.`);
  return reading.figures;
};

const appliedMigrations = async (session: Session, schema: string): Promise<string[]> => {
  if (!(await tableNames(session, schema)).includes("kysely_migration")) return [];
  const rows = await session.query(`SELECT name FROM ${quoteName(schema)}.kysely_migration ORDER BY name`);
  return rows.map(({ name }) => String(name));
};

const forPlainClients = (statements: readonly string[]): string =>
  statements.map((statement) => `/*! ${statement} */;\n`).join("");
const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");
