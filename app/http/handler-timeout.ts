import { errorCodes, type FastifyInstance } from "fastify";

/**
 * Answers with an error when a request has no answer after so many milliseconds (A20).
 *
 * Fastify's own `handlerTimeout` stops counting at the request's `close`, which Node emits once the body has been read
 * (https://nodejs.org/api/http.html#event-close_3), so a handler of a POST had no limit.
 */
export function limitHandling(app: FastifyInstance, limitMs: number): void {
  app.addHook("onRequest", (request, reply, done) => {
    const timer = setTimeout(() => {
      if (!reply.sent) reply.send(new errorCodes.FST_ERR_HANDLER_TIMEOUT(limitMs, request.url));
    }, limitMs);
    reply.raw.once("close", () => clearTimeout(timer));
    done();
  });
}
