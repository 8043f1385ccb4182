import { errorCodes, type FastifyInstance, type FastifyReply } from "fastify";
import { Deadlines } from "../platform/deadlines.ts";

/**
 * Answers with an error when a request has no answer after so many milliseconds (A20).
 *
 * Fastify's own `handlerTimeout` stops counting at the request's `close`, which Node emits once the body has been read
 * (https://nodejs.org/api/http.html#event-close_3), so a handler of a POST had no limit.
 */
export function limitHandling(app: FastifyInstance, limitMs: number): void {
  const unanswered = new Deadlines<FastifyReply>(limitMs, (reply) => {
    // A file that is being sent has its own limit (send-file.ts), and no room for an error.
    if (!reply.sent && !reply.raw.headersSent)
      reply.send(new errorCodes.FST_ERR_HANDLER_TIMEOUT(limitMs, reply.request.url));
  });
  app.addHook("onRequest", (_request, reply, done) => {
    const deadline = unanswered.add(reply);
    reply.raw.on("close", () => unanswered.delete(deadline));
    done();
  });
}
