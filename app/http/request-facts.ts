import type { FastifyInstance } from "fastify";
import { anonymous } from "./actor.ts";

/** Reads once what several hooks need: Fastify builds an object of twelve members, or reads a header again, for each access. */
export function collectFacts(app: FastifyInstance): void {
  app.decorateRequest("route");
  app.decorateRequest("client", "");
  app.decorateRequest("actor");
  app.addHook("onRequest", (request, _reply, done) => {
    request.route = request.routeOptions.config;
    request.client = request.ip;
    request.actor = anonymous;
    done();
  });
}
