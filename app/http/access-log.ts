import type { FastifyInstance } from "fastify";
import { type Logger, lineWriter } from "../platform/logging.ts";
import { pathOf } from "./url.ts";

/**
 * One line for each response (A18). It omits the query, because people search for names, and the probes, because each pod gets
 * ten a minute and metrics count them.
 */
export function logResponses(app: FastifyInstance, logger: Logger): void {
  const write = lineWriter(logger, "request");
  app.addHook("onResponse", (request, reply, done) => {
    const { id, method, route, client, actor, originalUrl, headers } = request;
    if (!route.probe) {
      const durationMs = Math.round(reply.elapsedTime * 100) / 100;
      write(
        text("requestId", id) +
          text("method", method) +
          text("path", pathOf(originalUrl)) +
          text("route", route.url) +
          `,"status":${reply.statusCode},"durationMs":${durationMs}` +
          text("client", client) +
          text("actor", actor.name) +
          text("userAgent", headers["user-agent"]),
      );
    }
    done();
  });
}

const text = (name: string, value: string | undefined): string =>
  value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
