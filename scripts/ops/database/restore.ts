import { CommandError } from "../../cli/errors.ts";
import { count, size } from "../../cli/words.ts";
import { firstDifference } from "./differences.ts";
import { measureTable } from "./dump.ts";
import { inWords } from "./explain.ts";
import { type ReadOptions, readLines } from "./file.ts";
import { type End, type Manifest, parseLine, type TableFigures } from "./format.ts";
import { inspect, load, mappingOf, readHeader, requireVersion } from "./load.ts";
import { changeMark, dropPair, makePair, pairOf, refuseExisting, restoredTables } from "./scratch.ts";
import { type Login, openSession, type Session, withSession } from "./session.ts";
import { serverVersion } from "./snapshot.ts";
import { describeTable, sessionSettings } from "./tables.ts";
import { tuplesIn } from "./tuple-text.ts";

export type RestoreOptions = ReadOptions & {
  login: Login;
  /** Scratch schema to restore into. */
  into: string;
  /** Environment that the backup must be of. */
  from: string;
  signal: AbortSignal;
  progress?: (text: string) => void;
};

/**
 * Restores a backup into a scratch schema that must not exist, reads every row back and compares counts and checksums. The live
 * schemas are not touched. When anything fails, the scratch schema is dropped again.
 * @throws CommandError that says what is wrong
 */
export const restore = async (options: RestoreOptions): Promise<Manifest> => {
  const { into, login, from, progress } = options;
  const pair = pairOf(into);
  const contents = await readHeader(readLines(options));
  const { kind: _, ...header } = contents.header;
  let begun = false;
  const session = await openSession(login).catch(async (error: unknown) => {
    await contents.lines.return(undefined);
    throw error;
  });
  try {
    refuseForeign(header.environment, from);
    requireVersion(header.server.version, await serverVersion(session));
    for (const statement of sessionSettings) await session.query(statement);
    const detail = `backup of ${header.environment}, ${header.createdAt}`;
    await refuseExisting(session, pair);
    begun = true;
    await makePair(session, into, { state: "restoring", detail });
    const end = await load(session, contents, {
      into: mappingOf(pair),
      signal: options.signal,
      progress: (table, bytes) => progress?.(`loading ${table}, ${size(bytes)}`),
    });
    await verify(session, end, pair, options);
    await changeMark(session, into, { state: "verified", detail });
    return { ...header, tables: end.tables };
  } catch (error) {
    if (begun) await clearAway(session, login, into, error);
    throw error;
  } finally {
    await contents.lines.return(undefined);
    await session.end();
  }
};

const refuseForeign = (environment: string, from: string): void => {
  if (environment === from) return;
  throw new CommandError(
    `This is a backup of "${environment}", not of "${from}". If that is meant (mind the personal data in it), add: --from ${environment}`,
  );
};

/** Reads everything back, table by table. @throws CommandError that names the first difference */
const verify = async (
  session: Session,
  { tables }: End,
  pair: [string, string],
  options: RestoreOptions,
): Promise<void> => {
  const { progress, signal } = options;
  const access = mappingOf(pair);
  for (const [schema, scratch] of access) {
    const found = (await restoredTables(session, scratch)).join(", ");
    const expected = tables.filter((table) => table.schema === schema).map(({ name }) => name);
    if (found !== expected.join(", ")) {
      throw new CommandError(
        `Of ${schema}, ${found || "no table"} came back, and not ${expected.join(", ")}.`,
      );
    }
  }
  for (const table of tables) {
    signal.throwIfAborted();
    const scratch = access.get(table.schema) ?? "";
    const got = await measureTable(session, scratch, table.name, (name, rows) =>
      progress?.(`verifying ${name}, ${count(rows)} of ${count(table.rows)} rows`),
    );
    if (got.rows === table.rows && got.sha256 === table.sha256) continue;
    throw await differing(session, table, got, { ...options, scratch });
  }
};

/** Reads the file once more, to say where what came back differs from it. */
const differing = async (
  session: Session,
  wanted: TableFigures,
  got: TableFigures,
  options: ReadOptions & { scratch: string },
): Promise<CommandError> => {
  const restored = await describeTable(session, options.scratch, wanted.name);
  const written = rowsOf(readLines(options), wanted);
  const place = await firstDifference(session, restored, written, { ...restored, schema: wanted.schema });
  const name = `${wanted.schema}.${wanted.name}`;
  const what =
    got.rows === wanted.rows
      ? "came back with other contents (its checksum differs)"
      : `came back with ${got.rows} rows instead of ${wanted.rows}`;
  return new CommandError(
    `${name} ${what}: ${place ?? "the file itself says other figures than it holds"}. The backup is not good.`,
  );
};

/** The rows of one table in a backup, each as its values. */
async function* rowsOf(
  lines: AsyncGenerator<string>,
  { schema, name }: TableFigures,
): AsyncGenerator<string[]> {
  let [inSchema, inTable] = ["", ""];
  for await (const text of lines) {
    const line = parseLine(text);
    if (line?.kind === "schema") inSchema = line.name;
    if (line?.kind === "table") inTable = line.name;
    if (line?.kind === "insert" && inSchema === schema && inTable === name) {
      yield* tuplesIn(Buffer.from(line.sql, "utf8").toString("latin1"));
    }
  }
}

/** The connection may be what failed: then another one cleans up. */
const clearAway = async (session: Session, login: Login, into: string, cause: unknown): Promise<void> => {
  try {
    await dropPair(session, into).catch(() => withSession(login, (other) => dropPair(other, into)));
  } catch {
    const why = inWords(cause);
    throw new CommandError(
      `${why instanceof Error ? why.message : String(why)}\nWhat was restored so far could not be dropped either. Once the database answers: npm run restore -- ENVIRONMENT --discard ${into}`,
      { cause },
    );
  }
};

/** Reads a backup to its end, which proves that it is whole and that the key fits, without touching a database. */
export const show = async (options: ReadOptions & { signal: AbortSignal }): Promise<Manifest> => {
  const contents = await readHeader(readLines(options));
  const { kind: _, ...header } = contents.header;
  const { tables } = await inspect(contents, options.signal);
  return { ...header, tables };
};
