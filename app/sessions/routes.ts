import type { FastifyRequest } from "fastify";
import { originOf } from "../audit/origin.ts";
import { userOf } from "../http/actor.ts";
import type { HttpServer } from "../http/server.ts";
import { clearedCookie } from "./cookies.ts";
import { logEnd } from "./log.ts";
import { noContent, revocation, sessionId, sessionList } from "./schema.ts";
import type { Sessions } from "./service.ts";

/**
 * The HTTP face of one's own sessions (A9).
 * @param prove has the caller prove by the password who it is; throws the problem to answer with.
 */
export function serveSessions(
  app: HttpServer,
  sessions: Sessions,
  prove: (request: FastifyRequest, password: string) => Promise<unknown>,
): void {
  const path = "/v1/sessions";

  app.get(path, { schema: { response: { 200: sessionList } } }, async (request) => {
    const user = userOf(request);
    return { items: await sessions.list(user.userId, user.sessionId) };
  });

  // Not DELETE: its body, with the password, has no meaning on the way (RFC 9110 section 9.3.5).
  const all = { body: revocation, response: { 204: noContent } };
  app.post(`${path}/revoke`, { schema: all }, async (request, reply) => {
    const { userId } = userOf(request);
    await prove(request, request.body.currentPassword);
    logEnd(request, await sessions.end(originOf(request), userId, "revoked_by_user"), "revoked_by_user");
    reply.code(204).header("set-cookie", [clearedCookie("access"), clearedCookie("refresh")]);
  });

  app.post(`${path}/:id/revoke`, { schema: { ...all, params: sessionId } }, async (request, reply) => {
    const { userId } = userOf(request);
    await prove(request, request.body.currentPassword);
    const { id } = request.params;
    const ended = await sessions.end(originOf(request), userId, "revoked_by_user", id);
    logEnd(request, ended, "revoked_by_user");
    reply.code(204);
  });
}
