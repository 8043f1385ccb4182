import { originOf } from "../audit/origin.ts";
import type { HttpServer } from "../http/server.ts";
import { logEnd } from "../sessions/log.ts";
import { noContent, sessionList } from "../sessions/schema.ts";
import type { Sessions } from "../sessions/service.ts";
import {
  createdUser,
  createUser,
  invitation,
  listUsers,
  updateUser,
  user,
  userId,
  userPage,
} from "./schema.ts";
import type { Accounts } from "./service.ts";

const path = "/v1/users";

/** The HTTP face of an organisation's users, for its admins. */
export function serveUsers(app: HttpServer, accounts: Accounts, sessions: Sessions): void {
  app.get(path, { schema: { querystring: listUsers, response: { 200: userPage } } }, (request) =>
    accounts.list(originOf(request), request.query),
  );

  const create = { body: createUser, response: { 201: createdUser } };
  app.post(path, { schema: create }, async (request, reply) => {
    const created = await accounts.create(originOf(request), request.body);
    reply.code(201).header("location", `${path}/${created.user.id}`);
    return created;
  });

  const update = { params: userId, body: updateUser, response: { 200: user } };
  app.patch(`${path}/:id`, { schema: update }, (request) => {
    const { version, ...change } = request.body;
    return accounts.update(originOf(request), request.params.id, version, change);
  });

  const invite = { params: userId, response: { 201: invitation } };
  app.post(`${path}/:id/invitation`, { schema: invite }, async (request, reply) => {
    reply.code(201);
    return accounts.invite(originOf(request), request.params.id);
  });

  serveSessionsOf(app, accounts, sessions);
}

/** Another user's sessions (A9): those of another organisation's user are not there. */
function serveSessionsOf(app: HttpServer, accounts: Accounts, sessions: Sessions): void {
  const url = `${path}/:id/sessions`;

  app.get(url, { schema: { params: userId, response: { 200: sessionList } } }, async (request) => {
    const { id } = await accounts.readForSessions(originOf(request), request.params.id);
    return { items: await sessions.list(id) };
  });

  app.delete(url, { schema: { params: userId, response: { 204: noContent } } }, async (request, reply) => {
    const { id } = await accounts.read(request.actor.organisationId, request.params.id);
    const ended = await sessions.end(originOf(request), id, "revoked_by_admin");
    logEnd(request, ended, "revoked_by_admin");
    reply.code(204);
  });
}
