import { originOf } from "../audit/origin.ts";
import { userOf } from "../http/actor.ts";
import type { HttpServer } from "../http/server.ts";
import { clearedCookie } from "./cookies.ts";
import { logEnd } from "./log.ts";
import { noContent, sessionId, sessionList } from "./schema.ts";
import type { Sessions } from "./service.ts";

/** The HTTP face of one's own sessions (A9). */
export function serveSessions(app: HttpServer, sessions: Sessions): void {
  const path = "/v1/sessions";

  app.get(path, { schema: { response: { 200: sessionList } } }, async (request) => {
    const user = userOf(request);
    return { items: await sessions.list(user.userId, user.sessionId) };
  });

  app.delete(path, { schema: { response: { 204: noContent } } }, async (request, reply) => {
    const { userId } = userOf(request);
    logEnd(request, await sessions.end(originOf(request), userId, "revoked_by_user"), "revoked_by_user");
    reply.code(204).header("set-cookie", [clearedCookie("access"), clearedCookie("refresh")]);
  });

  const schema = { params: sessionId, response: { 204: noContent } };
  app.delete(`${path}/:id`, { schema }, async (request, reply) => {
    const { userId } = userOf(request);
    const { id } = request.params;
    const ended = await sessions.end(originOf(request), userId, "revoked_by_user", id);
    logEnd(request, ended, "revoked_by_user");
    reply.code(204);
  });
}
