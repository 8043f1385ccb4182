import { schemas } from "../../../app/contract/database-users.ts";
import { CommandError } from "../../cli/errors.ts";
import { dropPair, makePair, pairOf, readMark, refuseExisting, restoredTables } from "./scratch.ts";
import type { Session } from "./session.ts";
import { qualified, quoteName } from "./tables.ts";

/** What changed places. */
export interface Promotion {
  detail: string;
  moved: string[];
  setAside: string[];
}

/** Longest wait for statements that are using the tables, seconds. Nothing is changed when it is over. */
const lockWaitSeconds = 30;

/**
 * Puts a verified restore in place of the live tables, which are set aside, not dropped. One RENAME TABLE moves all of them:
 * a reader sees either the old or the new, and a crash leaves one or the other.
 * @param aside name of the pair of schemas for the tables that were live
 */
export const promote = async (session: Session, name: string, aside: string): Promise<Promotion> => {
  const { state, detail } = await readMark(session, name);
  if (state !== "verified") {
    throw new CommandError(
      `${name} is not a verified restore (it is marked "${state}"): it is not put in place.`,
    );
  }
  await refuseExisting(session, pairOf(aside));
  const from = pairOf(name);
  const live = [schemas.data, schemas.audit] as const;
  const old = pairOf(aside);
  await makePair(session, aside, { state: "replaced", detail: `replaced by the ${detail}` });
  try {
    // Gone, where the whole database was lost.
    for (const schema of live) await session.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(schema)}`);
    const leaving = await moves(session, live, old);
    const coming = await moves(session, from, live);
    await session.query(`SET SESSION lock_wait_timeout = ${lockWaitSeconds}, foreign_key_checks = 0`);
    await session.query(`RENAME TABLE ${[...leaving, ...coming].map(({ sql }) => sql).join(", ")}`);
    await dropPair(session, name);
    return { detail, moved: coming.map(({ name }) => name), setAside: leaving.map(({ name }) => name) };
  } catch (error) {
    // Only when empty: had the tables moved, they would be in there.
    const left = await Promise.all(old.map((schema) => restoredTables(session, schema)));
    if (left.flat().length === 0) await dropPair(session, aside);
    throw error;
  }
};

interface Move {
  name: string;
  sql: string;
}

const moves = async (
  session: Session,
  from: readonly [string, string],
  to: readonly [string, string],
): Promise<Move[]> => {
  const found: Move[] = [];
  for (const [index, schema] of from.entries()) {
    const access = to[index] ?? "";
    for (const name of await restoredTables(session, schema)) {
      const sql = `${qualified({ schema, name })} TO ${qualified({ schema: access, name })}`;
      found.push({ name: `${schema}.${name}`, sql });
    }
  }
  return found;
};

/** Drops a scratch schema, or one that a promotion set aside. @returns what it was */
export const discard = async (session: Session, name: string): Promise<string> => {
  const { detail } = await readMark(session, name);
  await dropPair(session, name);
  return detail;
};
