import { errorCodes, type FastifyInstance, type FastifyReply } from "fastify";
import { Deadlines } from "../platform/deadlines.ts";

/**
 * Answers with an error when a request has no answer after so many milliseconds, or after the time that its route says (A20).
 *
 * Fastify's own `handlerTimeout` stops counting at the request's `close`, which Node emits once the body has been read
 * (https://nodejs.org/api/http.html#event-close_3), so a handler of a POST had no limit.
 */
export function limitHandling(app: FastifyInstance, limitMs: number): void {
  const general = unansweredAfter(limitMs);
  const special = new Map<number, Deadlines<FastifyReply>>();
  app.addHook("onRoute", ({ config: { timeoutMs } = {} }) => {
    if (timeoutMs !== undefined) special.set(timeoutMs, unansweredAfter(timeoutMs));
  });
  app.addHook("onRequest", ({ route: { timeoutMs } }, reply, done) => {
    const unanswered = timeoutMs === undefined ? general : (special.get(timeoutMs) ?? general);
    const deadline = unanswered.add(reply);
    reply.raw.on("close", () => unanswered.delete(deadline));
    done();
  });
}

function unansweredAfter(limitMs: number): Deadlines<FastifyReply> {
  return new Deadlines(limitMs, (reply) => {
    // A file that is being sent has its own limit (send-file.ts), and no room for an error.
    if (!reply.sent && !reply.raw.headersSent)
      reply.send(new errorCodes.FST_ERR_HANDLER_TIMEOUT(limitMs, reply.request.url));
  });
}
