import { genesis, type Head } from "../../../app/audit/chain.ts";
import { auditSchemaOf } from "../../../app/platform/database/tables.ts";
import { fromDatabaseTime } from "../../../app/platform/database/times.ts";
import { idFromBytes } from "../../../app/platform/ids.ts";
import { CommandError } from "../../cli/errors.ts";
import { count } from "../../cli/words.ts";
import type { Session } from "../database/session.ts";
import { takeSnapshot } from "../database/snapshot.ts";
import { existingSchemas, quoteName, tableNames } from "../database/tables.ts";
import type { ExpectedHead } from "./heads.ts";
import { ChainWalk, type Fault, type PlacedEntry } from "./walk.ts";

/** What was found of one organisation. */
export interface ChainReport {
  organisation: string;
  /** The newest link that was found right, and its hash in hexadecimal. */
  number: number;
  hash: string;
  entries: number;
  /** Entries outside of the chain: from before it began. */
  unchained: number;
  fault?: Fault;
}

export interface Verification {
  /** The data schema; the audit trail's lies beside it. */
  schema: string;
  /** By organisation. */
  expected?: ReadonlyMap<string, ExpectedHead>;
  /** Told how far it is. */
  progress(where: string): void;
}

/** A version without the chain may have gone on writing for so long after the chain's first link, during the rollout. */
const rolloutMs = 3_600_000;

/**
 * Verifies each organisation's chain, in one consistent view of both schemas that keeps nobody from writing. It reads entries as a
 * stream: memory does not grow with the chain.
 * @throws CommandError where the schema is not there, or is from before the chain
 */
export const verifyChains = async (
  session: Session,
  { schema, expected = new Map(), progress }: Verification,
): Promise<ChainReport[]> => {
  await requireChains(session, schema);
  await takeSnapshot(session, false);
  const heads = await storedHeads(session, schema);
  const log = `${quoteName(auditSchemaOf(schema))}.audit_log`;
  const reports: ChainReport[] = [];
  let read = 0;
  for (const organisation of await organisations(session, log, [...heads.keys(), ...expected.keys()])) {
    const walk = new ChainWalk({ stored: heads.get(organisation), expected: expected.get(organisation) });
    for await (const row of placedEntries(session, log, organisation)) {
      walk.next(row);
      if (++read % progressEvery === 0) progress(`${count(read)} entries`);
    }
    const outside = await outsideOf(session, log, organisation, walk.beganAt);
    const { number, hash } = walk.head;
    const fault = walk.end() ?? outside.fault ?? moreOutside(outside.unchained, expected.get(organisation));
    const { unchained } = outside;
    const found = { organisation, number, hash: hash.toString("hex"), entries: walk.read, unchained };
    reports.push(fault ? { ...found, fault } : found);
  }
  return reports;
};

const progressEvery = 10_000;

const requireChains = async (session: Session, schema: string): Promise<void> => {
  const [missing] = await missingOf(session, [schema, auditSchemaOf(schema)]);
  if (missing !== undefined) throw new CommandError(`There is no schema ${missing}.`);
  if ((await tableNames(session, schema)).includes("audit_chains")) return;
  throw new CommandError(`The schema ${schema} has no audit_chains: it is from before the chain.`);
};

const missingOf = async (session: Session, schemas: string[]): Promise<string[]> => {
  const there = await existingSchemas(session, schemas);
  return schemas.filter((name) => !there.includes(name));
};

const storedHeads = async (session: Session, schema: string): Promise<Map<string, Head>> => {
  const heads = new Map<string, Head>();
  const sql = `SELECT organisation_id, number, hash FROM ${quoteName(schema)}.audit_chains`;
  for await (const [id, number, hash] of session.rows(sql)) {
    heads.set(idFromBytes(bytes(id)), { number: Number(number), hash: bytes(hash) });
  }
  return heads;
};

/** Every organisation with a chain, an entry or an expected head. */
const organisations = async (session: Session, log: string, known: string[]): Promise<string[]> => {
  const found = new Set(known);
  for await (const [id] of session.rows(`SELECT DISTINCT organisation_id FROM ${log}`)) {
    found.add(idFromBytes(bytes(id)));
  }
  return [...found].sort();
};

const columns =
  "id, occurred_at, actor, action, entity, entity_id, `before`, after, request_id, link, position, link_hash";

async function* placedEntries(
  session: Session,
  log: string,
  organisationId: string,
): AsyncIterable<PlacedEntry> {
  const sql = `SELECT ${columns} FROM ${log} FORCE INDEX (audit_by_link)
    WHERE organisation_id = ${idLiteral(organisationId)} AND link IS NOT NULL ORDER BY link, position`;
  for await (const row of session.rows(sql)) {
    const [id, occurredAt, actor, action, entity, entityId, before, after, requestId, ...place] = row;
    const [link, position, linkHash = null] = place;
    yield {
      entry: {
        id: idFromBytes(bytes(id)),
        organisationId,
        occurredAt: fromDatabaseTime(String(occurredAt)),
        actor: String(actor),
        action: String(action),
        entity: String(entity),
        entityId: idFromBytes(bytes(entityId)),
        before: parsed(before),
        after: parsed(after),
        requestId: String(requestId),
      },
      link: Number(link),
      position: Number(position),
      linkHash,
    };
  }
}

/** How many entries are outside of the chain, and one that is there although the chain had begun. */
const outsideOf = async (
  session: Session,
  log: string,
  organisationId: string,
  beganAt: string | undefined,
): Promise<{ unchained: number; fault?: Fault }> => {
  const where = `FROM ${log} WHERE organisation_id = ${idLiteral(organisationId)} AND link IS NULL`;
  const [counted] = await session.query(`SELECT COUNT(*) AS unchained ${where}`);
  const unchained = Number(counted?.unchained);
  if (unchained === 0 || beganAt === undefined) return { unchained };
  const latest = new Date(Date.parse(beganAt) + rolloutMs).toISOString().slice(0, -1).replace("T", " ");
  const [row] = await session.query(
    `SELECT BIN_TO_UUID(id) AS id, occurred_at AS at ${where} AND occurred_at > ? ORDER BY occurred_at LIMIT 1`,
    [latest],
  );
  if (row === undefined) return { unchained };
  const what = "it is in no link, although the chain had begun";
  const at = fromDatabaseTime(String(row.at));
  return { unchained, fault: { kind: "added", link: genesis.number, entry: String(row.id), at, what } };
};

const moreOutside = (unchained: number, expected: ExpectedHead | undefined): Fault | undefined => {
  if (expected === undefined || unchained === expected.unchained) return undefined;
  const what = `${count(unchained)} entries are in no link, ${count(expected.unchained)} at the earlier verification`;
  const kind = unchained > expected.unchained ? "added" : "missing";
  return { kind, link: genesis.number, what };
};

const idLiteral = (id: string): string => `UNHEX('${id.replaceAll("-", "")}')`;
const bytes = (value: Buffer | null | undefined): Buffer => value ?? Buffer.alloc(0);
const parsed = (value: Buffer | null | undefined): unknown =>
  value === null || value === undefined ? null : JSON.parse(value.toString());
