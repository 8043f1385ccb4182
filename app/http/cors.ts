import type { FastifyInstance } from "fastify";
import { rateLimitHeaders } from "./rate-limit/hook.ts";

/** Headers of every answer to an allowed origin, and the further headers of its OPTIONS requests, preflights included. */
const granted = {
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": [
    "x-request-id",
    "location",
    "etag",
    "idempotency-replayed",
    ...rateLimitHeaders,
  ].join(", "),
};
const preflight = {
  "access-control-allow-methods": "GET, HEAD, POST, PATCH, DELETE",
  "access-control-allow-headers":
    "authorization, content-type, idempotency-key, if-match, if-none-match, x-csrf-token, x-request-id",
  "access-control-max-age": "86400",
};

/**
 * Lets browsers on the named origins call the API with cookies; others get no permission (A2). A request without an origin, from
 * any client but a browser's script, gets only `Vary`: at about twenty headers V8 turns the object in which Fastify collects
 * them into a dictionary, which costs several times as much.
 * @param origins exact origins. `*`, which production refuses, allows any.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("vary", "Origin");
    const { origin } = request.headers;
    if (origin !== undefined && (allowed.has(origin) || allowed.has("*"))) {
      reply.header("access-control-allow-origin", origin).headers(granted);
      if (request.method === "OPTIONS") reply.headers(preflight);
    }
    done();
  });
}
