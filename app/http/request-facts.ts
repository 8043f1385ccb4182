import type { FastifyInstance } from "fastify";

/** Reads once what several hooks ask for: Fastify makes an object of twelve members, or reads a header anew, for each question. */
export function collectFacts(app: FastifyInstance): void {
  app.decorateRequest("route");
  app.decorateRequest("client", "");
  app.addHook("onRequest", (request, _reply, done) => {
    request.route = request.routeOptions.config;
    request.client = request.ip;
    done();
  });
}
