import { schemas } from "../../../app/contract/database-users.ts";
import { CommandError, codeOf } from "../../cli/errors.ts";
import { insertRows } from "./differences.ts";
import type { End, Header, Line } from "./format.ts";
import { parseLine } from "./format.ts";
import type { Session } from "./session.ts";
import { versionNumbers } from "./snapshot.ts";
import { describeTable, quoteName } from "./tables.ts";
import { tuplesIn } from "./tuple-text.ts";

/** The lines of a backup with its header taken off. */
export interface Contents {
  header: Header;
  lines: AsyncGenerator<string>;
}

/** Reads a backup's first line. */
export const readHeader = async (lines: AsyncGenerator<string>): Promise<Contents> => {
  const first = await lines.next();
  const header = first.done ? undefined : parseLine(first.value);
  if (header?.kind !== "header") {
    await lines.return(undefined);
    throw new CommandError("The file opens, but it is no backup of this program.");
  }
  return { header, lines };
};

/** @throws CommandError when the server is no MySQL, or older than the one the backup was taken from */
export const requireVersion = (backup: string, server: string): void => {
  const have = versionNumbers(server);
  if (!have)
    throw new CommandError(`The server is no MySQL (it says ${server}): the backup is MySQL's ${backup}.`);
  const need = versionNumbers(backup) ?? have;
  const older = have[0] < need[0] || (have[0] === need[0] && have[1] < need[1]);
  if (!older) return;
  throw new CommandError(
    `The backup was taken from MySQL ${backup}, and this server is ${server}: an older version may lack what the tables use. Restore to ${need.join(".")} or newer.`,
  );
};

export interface Loading {
  /** Schema of the backup → schema to load into. */
  into: ReadonlyMap<string, string>;
  signal: AbortSignal;
  /** Told of each table before its rows, and how many bytes of it have been loaded. */
  progress?: (table: string, bytes: number) => void;
}

/** The scratch schemas that the live ones go into. */
export const mappingOf = ([data, audit]: readonly [string, string]): ReadonlyMap<string, string> =>
  new Map([
    [schemas.data, data],
    [schemas.audit, audit],
  ]);

/** Executes a backup's statements in other schemas than they came from. @returns its last line */
export const load = async (session: Session, { lines }: Contents, options: Loading): Promise<End> => {
  await session.query("SET SESSION foreign_key_checks = 0, unique_checks = 0");
  let end: End | undefined;
  let [schema, table] = ["", ""];
  let bytes = 0;
  for await (const text of lines) {
    options.signal.throwIfAborted();
    if (end) throw new CommandError("The backup goes on after its end: it was altered.");
    const line = parseLine(text);
    if (line?.kind === "end") end = line;
    else if (line?.kind === "insert") {
      await insert(session, { schema, table }, line.sql);
      bytes += text.length;
      options.progress?.(table, bytes);
    } else if (line) await apply(session, line, options);
    if (line?.kind === "schema") schema = line.name;
    if (line?.kind === "table") [table, bytes] = [line.name, 0];
  }
  if (!end) throw new CommandError("The backup has no end: it was cut off while it was written.");
  return end;
};

/** Rows that the server refuses are tried one by one, to say which it is. */
const insert = async (
  session: Session,
  { schema, table }: { schema: string; table: string },
  sql: string,
): Promise<void> => {
  try {
    await session.query(sql);
  } catch (error) {
    if (!refusesValue(error)) throw error;
    const [row] = await session.query("SELECT DATABASE() AS home");
    const into = await describeTable(session, String(row?.home), table);
    await insertRows(session, { ...into, schema }, tuplesIn(Buffer.from(sql, "utf8").toString("latin1")));
  }
};

/** The server has something against a value, as opposed to: it is away, or full. */
const refusesValue = (error: unknown): boolean =>
  /^ER_(INVALID_JSON|TRUNCATED|DATA_|WARN_DATA|BAD_|DUP_ENTRY|CHECK_CONSTRAINT|CANNOT_CONVERT)/.test(
    codeOf(error) ?? "",
  );

const apply = async (
  session: Session,
  line: Exclude<Line, End | { kind: "insert" }>,
  { into, progress }: Loading,
): Promise<void> => {
  switch (line.kind) {
    case "header":
      throw new CommandError("The backup begins twice: it was altered.");
    case "schema": {
      const schema = into.get(line.name);
      if (schema === undefined)
        throw new CommandError(`The backup holds a schema that is not ours: ${line.name}.`);
      await session.query(`USE ${quoteName(schema)}`);
      return;
    }
    case "table":
      progress?.(line.name, 0);
      return;
    default:
      await session.query(line.sql);
  }
};

/** Reads a backup to its end without a database. @returns its last line */
export const inspect = async ({ lines }: Contents, signal: AbortSignal): Promise<End> => {
  let end: End | undefined;
  for await (const text of lines) {
    signal.throwIfAborted();
    const line = parseLine(text);
    if (line?.kind === "end") end = line;
  }
  if (!end) throw new CommandError("The backup has no end: it was cut off while it was written.");
  return end;
};
