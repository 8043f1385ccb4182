import { createHash, hash } from "node:crypto";

/**
 * The hash chain of an organisation's audit trail (A14): what the writer (trail.ts) computes and a verifier computes again.
 *
 * A link is what one transaction recorded. Links count from 1 without a gap; a link's entries have the positions 1, 2, … Its hash is
 *
 *     SHA-256( hash of the link before | number, 8 bytes, big-endian | SHA-256( canonical text of each entry, LF after each ) )
 *
 * and stands on its last entry; before the first link stands `genesis`. The newest number and hash are in `audit_chains` as well. So an
 * altered, added or removed entry, also at the end, breaks the chain at its link. A user who can write both schemas can make another
 * chain, which only a head that is kept elsewhere (a backup, an earlier verification) tells from the first.
 *
 * To verify: read the entries with a link by (link, position), give each to `EntriesDigest`, close the link with `nextHead` and compare
 * with its `link_hash`; at the end compare with `audit_chains`. Rows without a link are from before the chain began, or from a
 * version before it, while that was still running during the rollout: they are not covered, and their number can be told.
 */

/** The newest link of a chain. */
export interface Head {
  number: number;
  /** 32 bytes. */
  hash: Buffer;
}

export const genesis: Head = { number: 0, hash: Buffer.alloc(32) };

/** What the chain covers of an entry: all columns but those of the chain itself. */
export interface Entry {
  id: string;
  organisationId: string;
  /** ISO 8601 in UTC, with milliseconds. */
  occurredAt: string;
  actor: string;
  action: string;
  entity: string;
  entityId: string;
  /** Values, not texts: MySQL writes JSON in its own way. */
  before: unknown;
  after: unknown;
  requestId: string;
}

/** The digest of a link's entries, fed one by one in their order, so that a link of any size takes constant memory. */
export class EntriesDigest {
  readonly #hash = createHash("sha256");
  #count = 0;
  #digest: Buffer | undefined;

  add(entry: Entry): void {
    this.#hash.update(entryText(entry));
    this.#count++;
  }

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  /** 32 bytes; ends it. A transaction that runs again asks again. */
  digest(): Buffer {
    this.#digest ??= this.#hash.digest();
    return this.#digest;
  }
}

/** The link after `previous`, whose entries have this digest. */
export function nextHead(previous: Head, entries: Buffer): Head {
  const number = previous.number + 1;
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(number));
  return { number, hash: hash("sha256", Buffer.concat([previous.hash, count, entries]), "buffer") };
}

/** Names each member, so that one that a later version adds changes no entry's text. */
const entryText = ({ id, organisationId, occurredAt, actor, action, entity, entityId, ...rest }: Entry) => {
  const { before, after, requestId } = rest;
  const covered = {
    id,
    organisationId,
    occurredAt,
    actor,
    action,
    entity,
    entityId,
    before,
    after,
    requestId,
  };
  return `${canonicalJson(covered)}\n`;
};

/**
 * One text for each JSON value, whatever the order of its members: RFC 8785 (sorted by UTF-16 code units, no spaces, numbers as
 * ECMAScript writes them). Members that are undefined are left out and dates are texts, as in JSON.stringify.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join()}]`;
  if (typeof value !== "object" || value === null || value instanceof Date) return JSON.stringify(value);
  let members = "";
  for (const name of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, name);
    if (member !== undefined) members += `${members && ","}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}
