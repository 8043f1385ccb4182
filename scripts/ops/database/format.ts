import * as z from "zod";
import { CommandError } from "../../cli/errors.ts";
import { count } from "../../cli/words.ts";

/**
 * A backup is text that MySQL's own client understands, a statement a line, so that it can be restored without this program:
 *
 *     age -d -i identity.txt FILE | zstd -d | mysql …
 *
 * Lines that start with `-- bulwark ` say what follows; lines in `/*! …` set a plain client up and are passed over by
 * restore, which executes nothing but CREATE TABLE and INSERT INTO of a single, unqualified table.
 */
export const formatVersion = 1;

const binlogPosition = z.strictObject({ file: z.string(), position: z.number().int().nonnegative() });
export type BinlogPosition = z.infer<typeof binlogPosition>;

const header = z.strictObject({
  kind: z.literal("header"),
  format: z.number().int(),
  environment: z.string(),
  createdAt: z.iso.datetime(),
  server: z.strictObject({ version: z.string() }),
  /** Names of the migrations that were applied: the version of the schema. */
  migrations: z.array(z.string()),
  /**
   * Where to replay binlogs from, where it was asked for. All before it is in the backup; some after it may be as well, so the
   * replay must be idempotent (replica_exec_mode=IDEMPOTENT, mysqlbinlog --idempotent).
   */
  binlog: binlogPosition.nullable(),
});
export type Header = z.infer<typeof header>;

const schemaLine = z.strictObject({ kind: z.literal("schema"), name: z.string().min(1) });
const tableLine = z.strictObject({ kind: z.literal("table"), name: z.string().min(1) });

const tableFigures = z.strictObject({
  schema: z.string(),
  name: z.string(),
  rows: z.number().int().nonnegative(),
  /** SHA-256 over the rows as the backup writes them, in the order of the primary key. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type TableFigures = z.infer<typeof tableFigures>;

const end = z.strictObject({ kind: z.literal("end"), tables: z.array(tableFigures) });
export type End = z.infer<typeof end>;

/** What a backup says of itself. */
export type Manifest = Omit<Header, "kind"> & { tables: TableFigures[] };

const directive = z.discriminatedUnion("kind", [header, schemaLine, tableLine, end]);
export type Directive = z.infer<typeof directive>;

/** A line of a backup, as restore sees it. */
export type Line = Directive | { kind: "create" | "insert"; sql: string };

const mark = "-- bulwark ";
const creates = /^CREATE TABLE `(?:[^`]|``)+` \(/;
const inserts = /^INSERT INTO `(?:[^`]|``)+` \(`(?:[^`]|``)+`(?:, `(?:[^`]|``)+`)*\) VALUES \(/;

/** The text of a line that says what follows. */
export const directiveLine = (said: Directive): string => `${mark}${JSON.stringify(said)}\n`;

/** Reads a line; undefined for those that only a plain client needs. @throws CommandError for anything else */
export const parseLine = (text: string): Line | undefined => {
  if (text.startsWith(mark)) return parseDirective(text.slice(mark.length));
  if (text === "" || text.startsWith("-- ") || text.startsWith("/*!")) return undefined;
  if (inserts.test(text)) return { kind: "insert", sql: text };
  if (creates.test(text)) return { kind: "create", sql: text };
  throw new CommandError(
    `The file holds a line that no backup has (${JSON.stringify(text.slice(0, 60))}…): it is not restored.`,
  );
};

const parseDirective = (text: string): Directive => {
  const said: unknown = JSON.parse(text);
  const version = z.looseObject({ kind: z.literal("header"), format: z.number() }).safeParse(said)
    .data?.format;
  if (version !== undefined && version !== formatVersion) {
    throw new CommandError(
      `The backup has format ${version}; this program reads format ${formatVersion}. Restore it with the version that wrote it.`,
    );
  }
  return directive.parse(said);
};

/** What a backup holds, for a person. */
export const describeManifest = (manifest: Manifest): string => {
  const { environment, createdAt, server, migrations, binlog, tables } = manifest;
  const width = Math.max(0, ...tables.map(({ schema, name }) => schema.length + name.length + 1));
  const lines = tables.map(
    ({ schema, name, rows, sha256 }) =>
      `    ${`${schema}.${name}`.padEnd(width)}  ${count(rows).padStart(13)} rows  sha256 ${sha256.slice(0, 16)}…`,
  );
  return [
    `  of          ${environment}, ${createdAt}, MySQL ${server.version}`,
    `  schema      ${migrations.at(-1) ?? "without migrations"}`,
    ...(binlog
      ? [`  binlogs     replay from ${binlog.file}, position ${binlog.position}, idempotently`]
      : []),
    "  tables",
    ...lines,
  ].join("\n");
};
