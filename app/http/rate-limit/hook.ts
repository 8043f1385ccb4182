import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { tiers as tierNames } from "../../contract/limits.ts";
import { logEvents } from "../../contract/log-events.ts";
import { keysOf, recordOf } from "../../contract/records.ts";
import { clientNetwork } from "../client-address.ts";
import { Problem } from "../errors/problem.ts";
import { routeLine } from "../route-table.ts";
import type { Decision, Limiter } from "./limiter.ts";
import { type Limits, limitOfRoute } from "./limits.ts";

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
export function limitByAddress(app: FastifyInstance, limits: Limits): void {
  const all = recordOf(keysOf(limits), (name) => new RouteLimit(limits[name]));
  app.decorateRequest("requestsLeft", Number.POSITIVE_INFINITY);
  app.addHook("onRoute", (route) => {
    const line = routeLine(route);
    const own = (by: "address" | "caller") => {
      const name = limitOfRoute(by, line);
      return name && all[name];
    };
    route.config = { ...route.config, limits: { address: own("address"), caller: own("caller") } };
  });
  app.addHook("onRequest", (request, reply, done) => {
    const { probe, limits: own } = request.route;
    if (probe) return done();
    (own?.address ?? all.global).count(clientNetwork(request.client), request, reply, done);
  });
  app.addHook("onClose", () => Promise.all(Object.values(limits).map((limit) => limit.close())));
}

/**
 * Limits what callers who are known ask: all of an organisation together by its tier, and each caller where the route says so. Those without a
 * credential belong to none: their address is counted.
 */
export function limitByActor(app: FastifyInstance, limits: Limits): void {
  const tiers = recordOf(tierNames, (tier) => new RouteLimit(limits[tier]));
  app.addHook("onRequest", (request, reply, done) => {
    const { actor, route } = request;
    if (actor.kind === "anonymous") return done();
    const own = route.limits?.caller;
    tiers[actor.tier].count(actor.organisationId, request, reply, (problem) => {
      if (problem || own === undefined) done(problem);
      else own.count(actor.name, request, reply, done);
    });
  });
}

/** A limit with its headers: the three that clients read today, and those of draft-ietf-httpapi-ratelimit-headers-11. */
export class RouteLimit {
  readonly #limiter: Limiter;
  readonly #limit: string;
  readonly #policy: string;
  readonly #refused: { inc(): void };

  constructor(limiter: Limiter) {
    const { name, max, windowSeconds, metrics } = limiter.options;
    this.#limiter = limiter;
    this.#limit = String(max);
    this.#policy = `"${name}";q=${max};w=${windowSeconds}`;
    this.#refused = metrics.rateLimited.labels({ limit: name });
  }

  /** Counts a request of this client; `done` gets the error to answer with, if it is one too many. */
  count(client: string, request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const decision = this.#limiter.decide(client);
    const answer = (known: Decision) => done(this.#answer(known, client, request, reply));
    if (decision instanceof Promise) decision.then(answer, done);
    else answer(decision);
  }

  #answer(decision: Decision, client: string, request: FastifyRequest, reply: FastifyReply) {
    const { allowed, remaining, resetSeconds } = decision;
    const { name, max, windowSeconds } = this.#limiter.options;
    if (remaining < request.requestsLeft || !allowed) {
      request.requestsLeft = remaining;
      reply.header("ratelimit-limit", this.#limit);
      reply.header("ratelimit-remaining", String(remaining));
      reply.header("ratelimit-reset", String(resetSeconds));
      reply.header("ratelimit-policy", this.#policy);
      reply.header("ratelimit", `"${name}";r=${remaining};t=${resetSeconds}`);
    }
    if (allowed) return undefined;
    this.#refused.inc();
    request.log.warn(
      { ...logEvents.rateLimited, limit: name, client: request.client, counted: client },
      "rate limit exceeded",
    );
    return new Problem("rate_limited", `More than ${max} requests in ${windowSeconds} seconds.`, {
      headers: { "retry-after": String(resetSeconds) },
    });
  }
}
