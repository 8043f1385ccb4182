import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";
import type { RouteTable } from "./route-table.ts";
import { pathOf } from "./url.ts";

/** Answers OPTIONS, preflights included, whose headers are already set. It is the last hook, so that every check precedes it. */
export function answerOptions(app: FastifyInstance, routes: RouteTable): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (request.method !== "OPTIONS") return done();
    const allow = routes.allow(pathOf(request.originalUrl));
    if (allow === undefined) return done(new Problem("not_found", "No such path."));
    reply.code(204).header("allow", allow).send();
  });
}
