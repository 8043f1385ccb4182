import { scratchSchemas } from "../../../app/contract/database-users.ts";
import { CommandError } from "../../cli/errors.ts";
import { firstDifference, insertRows } from "./differences.ts";
import { mappingOf } from "./load.ts";
import { dropPair, makePair, pairOf, readMark } from "./scratch.ts";
import { type Login, type Session, withSession } from "./session.ts";
import { describeTable, existingSchemas, quoteName, sessionSettings, type Table } from "./tables.ts";

/**
 * Proves while a backup is taken that it can be restored: makes each table again in a scratch schema of the same server, loads
 * rows of it as the backup writes them, reads them back and compares them.
 */
export interface Proof {
  /** A table as the backup makes it. */
  table(table: Table, create: string): Promise<void>;
  /** The rows of one statement of it. */
  rows(rows: readonly (readonly string[])[]): Promise<void>;
}

/** Of the statements of a table the first is tried, and every so many after it; and all with text that is no plain UTF-8. */
const every = 50;
const odd = /\\\\ud[c-f]/;

/**
 * Takes a backup with a proof beside it, on a connection of its own. What the proof made is gone afterwards.
 * @param all whether every row is tried, instead of a sample
 * @returns with it, how many rows were tried
 */
export const withProof = <Result extends object>(
  login: Login,
  all: boolean,
  take: (proof: Proof) => Promise<Result>,
): Promise<Result & { proven: number }> =>
  withSession(login, async (session) => {
    const { proof, proven } = await startProof(session, all);
    try {
      return { ...(await take(proof)), proven: proven() };
    } finally {
      await dropPair(session, name).catch(() => withSession(login, (other) => dropPair(other, name)));
    }
  });

const name = scratchSchemas.proof;

const startProof = async (
  session: Session,
  all: boolean,
): Promise<{ proof: Proof; proven: () => number }> => {
  const pair = pairOf(name);
  // What a proof left behind that broke off. Anything else of this name is left alone, with an error.
  if ((await existingSchemas(session, pair)).length > 0) {
    await readMark(session, name);
    await dropPair(session, name);
  }
  for (const statement of sessionSettings) await session.query(statement);
  await session.query("SET SESSION foreign_key_checks = 0");
  await makePair(session, name, { state: "restoring", detail: "a backup being proven" });
  const access = mappingOf(pair);
  let proven: { source: Table; copy: Table; statements: number } | undefined;
  let rowsProven = 0;

  const proof: Proof = {
    table: async (source, create) => {
      const schema = access.get(source.schema) ?? "";
      await session.query(`USE ${quoteName(schema)}`);
      await session.query(create);
      proven = { source, copy: await describeTable(session, schema, source.name), statements: 0 };
    },
    rows: async (rows) => {
      if (!proven) return;
      const { source, copy } = proven;
      const sampled = all || proven.statements % every === 0;
      proven.statements += 1;
      if (!sampled && !rows.some((values) => values.some((value) => odd.test(value)))) return;
      await insertRows(session, source, rows);
      const difference = await firstDifference(session, copy, rows, source);
      if (difference !== undefined) {
        throw new CommandError(
          `The backup would not be restorable: ${difference} when it is loaded and read back.`,
        );
      }
      await session.query(`DELETE FROM ${quoteName(copy.name)}`);
      rowsProven += rows.length;
    },
  };
  return { proof, proven: () => rowsProven };
};
