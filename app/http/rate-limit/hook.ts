import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { logEvents } from "../../contract/log-events.ts";
import { clientNetwork } from "../client-address.ts";
import { Problem } from "../errors/problem.ts";
import type { Decision, Limiter } from "./limiter.ts";

/** Names of the headers that a browser's code may read. */
export const rateLimitHeaders = [
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "ratelimit-policy",
  "ratelimit",
  "retry-after",
];

/**
 * Limits every request except probes by client address, with the route's own limit if it has one. It is the first hook that can
 * refuse, so that requests refused later count too.
 */
export function limitByAddress(app: FastifyInstance, limiter: Limiter): void {
  const answers = new Map([[limiter, answerWith(limiter)]]);
  const answerOf = (of: Limiter) => {
    const answer = answers.get(of) ?? answerWith(of);
    answers.set(of, answer);
    return answer;
  };
  app.addHook("onRequest", (request, reply, done) => {
    const { probe, limiter: own = limiter } = request.route;
    if (probe) return done();
    const answer = answerOf(own);
    const decision = own.decide(clientNetwork(request.client));
    if (!(decision instanceof Promise)) return done(answer(decision, request, reply));
    decision.then((known) => done(answer(known, request, reply)), done);
  });
  app.addHook("onClose", () => Promise.all([...answers.keys()].map((used) => used.close())));
}

/**
 * The three headers that clients read today, and those of draft-ietf-httpapi-ratelimit-headers-11.
 * @returns the error to answer with, if the request is one too many.
 */
function answerWith(limiter: Limiter) {
  const { name, max, windowSeconds, metrics } = limiter.options;
  const policy = `"${name}";q=${max};w=${windowSeconds}`;
  const limit = String(max);
  const refused = metrics.rateLimited.labels({ limit: name });
  return ({ allowed, remaining, resetSeconds }: Decision, request: FastifyRequest, reply: FastifyReply) => {
    reply.header("ratelimit-limit", limit);
    reply.header("ratelimit-remaining", String(remaining));
    reply.header("ratelimit-reset", String(resetSeconds));
    reply.header("ratelimit-policy", policy);
    reply.header("ratelimit", `"${name}";r=${remaining};t=${resetSeconds}`);
    if (allowed) return undefined;
    refused.inc();
    request.log.warn(
      { ...logEvents.rateLimited, limit: name, client: request.client },
      "rate limit exceeded",
    );
    return new Problem("rate_limited", `More than ${max} requests in ${windowSeconds} seconds.`, {
      headers: { "retry-after": String(resetSeconds) },
    });
  };
}
