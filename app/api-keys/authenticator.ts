import { hash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { type KeyActor, RefusedCredential } from "../http/actor.ts";
import { bearerToken } from "../http/bearer.ts";
import { Problem } from "../http/errors/problem.ts";
import type { Database } from "../platform/database/database.ts";
import { fromDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes } from "../platform/ids.ts";
import { withDeadline } from "../platform/resilience.ts";
import { type KeyParts, keyPrefix, readKey } from "./format.ts";
import type { LastUsed } from "./last-used.ts";
import { findHolder, scopesOf } from "./repository.ts";

/** How long an answer of the database counts, from the moment it was asked: a key is revoked everywhere within five seconds. */
const knownForMs = 4_000;
const lookUpTimeoutMs = 5_000;
/** Keys remembered at once; beyond that the memory begins anew. */
const mostKnown = 10_000;

interface Known {
  actor: KeyActor;
  expiresAt: number;
  askAgainAt: number;
}

export interface KeyAuthenticatorOptions {
  database: Pick<Database, "read">;
  environment: string;
  lastUsed: Pick<LastUsed, "note">;
}

/** Finds callers by API key. Requests that come with the same key at once share one look-up. */
export function keyAuthenticator({ database, environment, lastUsed }: KeyAuthenticatorOptions) {
  const known = new Map<string, Known>();
  const asked = new Map<string, Promise<KeyActor>>();

  const lookUp = async (digest: string, key: KeyParts): Promise<KeyActor> => {
    const askAgainAt = Date.now() + knownForMs;
    const row = await withDeadline(
      database.read((db) => findHolder(db, key.id)),
      lookUpTimeoutMs,
      tooSlow,
    );
    if (row === undefined || !timingSafeEqual(row.secret_hash, key.secretHash)) {
      throw new RefusedCredential("unknown");
    }
    if (row.revoked_at !== null) throw new RefusedCredential("revoked");
    const actor = actorOf(key, row);
    if (known.size >= mostKnown) known.clear();
    const expiresAt = Date.parse(fromDatabaseTime(row.expires_at));
    known.set(digest, { actor, expiresAt, askAgainAt });
    return accept(actor, expiresAt);
  };

  const accept = (actor: KeyActor, expiresAt: number): KeyActor => {
    if (Date.now() >= expiresAt) throw new RefusedCredential("expired");
    lastUsed.note(actor.keyId);
    return actor;
  };

  return ({ headers }: Pick<FastifyRequest, "headers">): KeyActor | Promise<KeyActor> | undefined => {
    const token = bearerToken(headers.authorization);
    if (!token?.startsWith(keyPrefix)) return undefined;
    // The key itself is not kept, nor compared where the time it takes could tell.
    const digest = hash("sha256", token);
    const held = known.get(digest);
    if (held !== undefined && Date.now() < held.askAgainAt) return accept(held.actor, held.expiresAt);
    const underway = asked.get(digest);
    if (underway !== undefined) return underway;
    const key = readKey(environment, token);
    if (key === undefined) throw new RefusedCredential("malformed");
    const answer = lookUp(digest, key).finally(() => asked.delete(digest));
    asked.set(digest, answer);
    return answer;
  };
}

const actorOf = (key: KeyParts, row: NonNullable<Awaited<ReturnType<typeof findHolder>>>): KeyActor => {
  const keyId = idFromBytes(key.id);
  return Object.freeze({
    kind: "key",
    keyId,
    name: `key:${keyId}`,
    organisationId: idFromBytes(row.organisation_id),
    tier: row.tier,
    scopes: scopesOf(row.scopes),
  });
};

const tooSlow = () =>
  new Problem("unavailable", "The API key could not be looked up in time.", {
    headers: { "retry-after": "5" },
  });
