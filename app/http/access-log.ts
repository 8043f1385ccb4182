import type { FastifyInstance } from "fastify";
import type { Logger } from "../platform/logging.ts";
import { pathOf } from "./url.ts";

/**
 * One line for each response (A18). It omits the query, because people search for names, and the probes, because each pod gets
 * ten a minute and metrics count them.
 */
export function logResponses(app: FastifyInstance, logger: Logger): void {
  // Searching each of these lines for secrets takes a fifth of a request's time, and their fields are all chosen here.
  const log = logger.child({ type: "request" }, { redact: [] });
  app.addHook("onResponse", (request, reply, done) => {
    if (!request.route.probe) {
      log.info(
        {
          requestId: request.id,
          method: request.method,
          path: pathOf(request.originalUrl),
          route: request.route.url,
          status: reply.statusCode,
          durationMs: Math.round(reply.elapsedTime * 100) / 100,
          client: request.client,
          userAgent: request.headers["user-agent"],
        },
        "request",
      );
    }
    done();
  });
}
