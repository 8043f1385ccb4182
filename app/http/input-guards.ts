import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "./errors/problem.ts";
import { hasBody } from "./request-body.ts";
import { urlFault } from "./url.ts";

const longestUserAgent = 512;
/** Methods whose content has no meaning (RFC 9110 section 9.3): an intermediary can read such a body differently. */
const bodyless = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The URL for routing. An unusable one becomes a path without a route, so that it passes the same hooks as every other request:
 * they count and log it, and `guardInput` refuses it.
 */
export function routableUrl({ url = "/" }: { url?: string }): string {
  return urlFault(url) === undefined ? url : "/";
}

/** Refuses hostile requests before it parses anything (A6, A27). */
export function guardInput(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.route.probe) done();
    else done(urlProblem(request) ?? repetitionProblem(request.raw) ?? headerProblem(request));
  });
}

/** Refuses a body where it has no meaning. After what has no route is answered: another method may take one there. */
export function refuseBodies(app: FastifyInstance): void {
  app.addHook("onRequest", ({ headers, method, route }, _reply, done) => {
    if (route.probe || !bodyless.has(method) || !hasBody(headers)) return done();
    done(new Problem("malformed_request", `A ${method} request has no body.`));
  });
}

function urlProblem({ originalUrl, raw }: FastifyRequest): Problem | undefined {
  if (originalUrl === raw.url) return undefined;
  return new Problem("malformed_request", urlFault(originalUrl) ?? "The URL cannot be read.");
}

/**
 * Exactly one Host (RFC 9112 section 3.2), and at most one Authorization: a proxy on the way may have judged the other one. Node joins or
 * drops the second of each, so the raw lines are counted.
 */
function repetitionProblem({ rawHeaders, httpVersion }: IncomingMessage): Problem | undefined {
  let [hosts, credentials] = [0, 0];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
    else if (name?.length === 13 && name.toLowerCase() === "authorization") credentials++;
  }
  if (credentials > 1)
    return new Problem("malformed_request", "A request has at most one Authorization header.");
  if (hosts === 1 || (hosts === 0 && httpVersion === "1.0")) return undefined;
  return new Problem("malformed_request", "A request has exactly one Host header.");
}

function headerProblem({ headers }: FastifyRequest): Problem | undefined {
  const { "content-encoding": coding, expect } = headers;
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    const accept = { headers: { "accept-encoding": "identity" } };
    return new Problem("unsupported_media_type", "Send the body as it is, without a content coding.", accept);
  }
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    return new Problem("expectation_failed", "Nothing but 100-continue can be expected.");
  }
  if ((headers["user-agent"]?.length ?? 0) > longestUserAgent) {
    const detail = `The User-Agent header is longer than ${longestUserAgent} characters.`;
    return new Problem("malformed_request", detail);
  }
  return undefined;
}
