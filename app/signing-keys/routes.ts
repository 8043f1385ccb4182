import type { ApiEnv } from "../contract/env.ts";
import type { HttpServer } from "../http/server.ts";
import type { KeySet } from "./key-set.ts";
import { noParameters, publicKeySet, unchanged } from "./schema.ts";

/** Media type of a key set, RFC 7517 section 8.5. */
const mediaType = "application/jwk-set+json";
/**
 * Most seconds that others can cache the keys. A new key waits before it signs (contract/overlap.ts) until every API process has
 * read it and, by default, five minutes more, so that other readers also know it in time.
 */
const longestKeptSeconds = 240;

/** Publishes the keys for verifiers of our tokens (R4). */
export function serveSigningKeys(app: HttpServer, keys: KeySet, env: ApiEnv): void {
  const cacheControl = `public, max-age=${Math.min(env.SECRETS_REFRESH_SECONDS, longestKeptSeconds)}`;
  const schema = { querystring: noParameters, response: { 200: publicKeySet, 304: unchanged } };
  app.get("/.well-known/jwks.json", { schema }, (request, reply) => {
    const published = keys.published();
    // A key's id never stands for another key, so the ids say whether anything has changed.
    const tag = `"${published.map(({ kid }) => kid).join(".")}"`;
    reply.headers({ "cache-control": cacheControl, etag: tag });
    if (request.headers["if-none-match"] === tag) reply.code(304).send();
    else reply.type(mediaType).send({ keys: published });
  });
}
