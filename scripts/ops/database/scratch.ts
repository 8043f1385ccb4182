import * as z from "zod";
import { schemas } from "../../../app/contract/database-users.ts";
import { auditSchemaOf } from "../../../app/platform/database/tables.ts";
import { CommandError } from "../../cli/errors.ts";
import type { Session } from "./session.ts";
import { existingSchemas, quoteName, tableNames } from "./tables.ts";

/**
 * A scratch schema is a pair, NAME and NAME_audit. A table in the first marks it as such and says what is in it: nothing
 * without that mark is ever dropped or put in place.
 */
const markTable = "bulwark_restore_mark";

const mark = z.object({
  /** restoring: not whole yet. verified: every row and checksum found right. replaced: what a restored one took the place of. */
  state: z.enum(["restoring", "verified", "replaced"]),
  detail: z.string(),
});
export type Mark = z.infer<typeof mark>;

/** Both schemas of a name. @throws CommandError for a name that is not for scratch */
export const pairOf = (name: string): [string, string] => {
  const longestSchemaName = 64;
  if (!/^[a-z][a-z0-9_]*$/.test(name) || auditSchemaOf(name).length > longestSchemaName) {
    throw new CommandError(
      `"${name}" is no name for a schema here: small letters, digits and _, a letter first.`,
    );
  }
  const live: readonly string[] = Object.values(schemas);
  if (live.includes(name) || live.includes(auditSchemaOf(name))) {
    throw new CommandError(
      `${name} is the live schema: restore into another one, look at it, then put it in place.`,
    );
  }
  return [name, auditSchemaOf(name)];
};

/** Makes both schemas, empty and marked. @throws CommandError when one of them exists: nothing is overwritten */
export const makePair = async (session: Session, name: string, state: Mark): Promise<void> => {
  const pair = pairOf(name);
  await refuseExisting(session, pair);
  for (const schema of pair) {
    await session.query(
      `CREATE DATABASE ${quoteName(schema)} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci`,
    );
    if (schema === name) await writeMark(session, name, state);
  }
};

export const refuseExisting = async (session: Session, pair: readonly string[]): Promise<void> => {
  const [there] = await existingSchemas(session, pair);
  if (there === undefined) return;
  const discard = `npm run restore -- ENVIRONMENT --discard ${pair[0]}`;
  throw new CommandError(
    `The schema ${there} exists already: nothing is overwritten. Choose another name with --into, or drop it first: ${discard}`,
  );
};

const writeMark = async (session: Session, name: string, { state, detail }: Mark): Promise<void> => {
  const table = `${quoteName(name)}.${markTable}`;
  await session.query(
    `CREATE TABLE ${table} (state VARCHAR(16) NOT NULL PRIMARY KEY, detail TEXT NOT NULL) ENGINE = InnoDB`,
  );
  await session.query(`INSERT INTO ${table} VALUES (?, ?)`, [state, detail]);
};

export const changeMark = (session: Session, name: string, { state, detail }: Mark): Promise<unknown> =>
  session.query(`UPDATE ${quoteName(name)}.${markTable} SET state = ?, detail = ?`, [state, detail]);

/** The mark of a scratch schema. @throws CommandError when there is no such schema, or it lacks the mark */
export const readMark = async (session: Session, name: string): Promise<Mark> => {
  const [schema] = pairOf(name);
  if ((await existingSchemas(session, [schema])).length === 0) {
    throw new CommandError(`There is no schema ${name}.`);
  }
  if (!(await tableNames(session, schema)).includes(markTable)) {
    throw new CommandError(`The schema ${name} was not made by a restore: it is left alone.`);
  }
  const [row] = await session.query(`SELECT state, detail FROM ${quoteName(name)}.${markTable}`);
  return mark.parse(row);
};

/** Drops a scratch pair. The marked one goes last, so that a drop that broke off can be repeated. */
export const dropPair = async (session: Session, name: string): Promise<void> => {
  const [data, audit] = pairOf(name);
  for (const schema of [audit, data]) await session.query(`DROP DATABASE IF EXISTS ${quoteName(schema)}`);
};

/** Names of the tables in a pair's schema, without the mark. */
export const restoredTables = async (session: Session, schema: string): Promise<string[]> =>
  (await tableNames(session, schema)).filter((name) => name !== markTable);
