import type { HttpServer } from "../http/server.ts";
import type { KeySet } from "./key-set.ts";
import { noParameters, publicKeySet } from "./schema.ts";

/** Media type of a key set, RFC 7517 section 8.5. */
const mediaType = "application/jwk-set+json";
/**
 * Most seconds that others may keep the keys. A new key waits before it signs (contract/overlap.ts): until every process of ours
 * has read it and, by default, for five minutes besides, so that whoever reads it from us knows it in time as well.
 */
const longestKept = 240;

/** Where whoever checks our tokens finds the keys (R4). */
export function serveSigningKeys(app: HttpServer, keys: KeySet, refreshSeconds: number): void {
  const cacheControl = `public, max-age=${Math.min(refreshSeconds, longestKept)}`;
  const schema = { querystring: noParameters, response: { 200: publicKeySet } };
  app.get("/.well-known/jwks.json", { schema }, (_request, reply) => {
    reply.header("cache-control", cacheControl).type(mediaType);
    return { keys: keys.published() };
  });
}
