import type { FastifyInstance } from "fastify";

/**
 * One line for each response (A18). The query is left out: people search for names. The probes are left out: there are ten a
 * minute for each pod, and their metrics say the same.
 */
export function logResponses(app: FastifyInstance): void {
  app.addHook("onResponse", (request, reply, done) => {
    if (!request.routeOptions.config.probe) {
      request.log.info(
        {
          type: "request",
          method: request.method,
          path: (request.raw.url ?? "").split("?", 1)[0],
          route: request.routeOptions.url,
          status: reply.statusCode,
          durationMs: Math.round(reply.elapsedTime * 100) / 100,
          client: request.ip,
          userAgent: request.headers["user-agent"],
        },
        "request",
      );
    }
    done();
  });
}
