import type { FastifyInstance } from "fastify";
import type { ApiEnv } from "../contract/env.ts";

export type Headers = Readonly<Record<string, string>>;

/**
 * Headers of every response, after OWASP's HTTP headers cheat sheet for an API: no answer is a page, so they forbid browsers to
 * load, frame or sniff anything from it, and caches to store it (A1).
 */
export const securityHeaders: Headers = Object.freeze({
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "strict-origin-when-cross-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
  "cross-origin-resource-policy": "same-site",
  // The filter that it controlled made pages less safe: OWASP recommends disabling it.
  "x-xss-protection": "0",
  "cache-control": "no-store",
});

/** Names that lead to the reader's own machine (RFC 6761), and addresses, which HSTS does not know (RFC 6797 section 8.1.1). */
const noHsts = /^(?:(?:.+\.)?localhost|[\d.]+|\[.*\])(?::\d+)?$/i;

/** The headers of the public server: the above, and HSTS for a year where browsers reach it by HTTPS under a name. */
export function publicHeaders({ HTTPS_ONLY, PUBLIC_HOST, HSTS_PRELOAD }: ApiEnv): Headers {
  if (!HTTPS_ONLY || PUBLIC_HOST === undefined || noHsts.test(PUBLIC_HOST)) return securityHeaders;
  const preload = HSTS_PRELOAD ? "; preload" : "";
  const hsts = `max-age=31536000; includeSubDomains${preload}`;
  return Object.freeze({ ...securityHeaders, "strict-transport-security": hsts });
}

/** Sets the headers before anything else can answer. */
export function sendSecurityHeaders(app: FastifyInstance, headers: Headers): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(headers);
    reply.header("x-request-id", request.id);
    done();
  });
}
