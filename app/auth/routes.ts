import type { FastifyReply, FastifyRequest } from "fastify";
import { findUserWithTier, toUser } from "../accounts/repository.ts";
import { logEvents } from "../contract/log-events.ts";
import { type Authenticator, RefusedCredential, userOf } from "../http/actor.ts";
import type { HttpServer } from "../http/server.ts";
import type { Database } from "../platform/database/database.ts";
import { idToBytes } from "../platform/ids.ts";
import { clearedCookie, onlyCookie, setCookie } from "../sessions/cookies.ts";
import type { ForgeryGuard } from "../sessions/forgery.ts";
import { logEnd } from "../sessions/log.ts";
import { noContent } from "../sessions/schema.ts";
import { type Sessions, sessionEnded, type Tokens } from "../sessions/service.ts";
import { type Devices, deviceSeconds } from "./devices.ts";
import type { Passwords } from "./passwords.ts";
import {
  acceptInvitation,
  changePassword,
  type Issued,
  issued,
  ownSession,
  refreshToken,
  signedIn,
  signIn,
} from "./schema.ts";
import type { SignIn, Visit } from "./service.ts";

export interface AuthRoutesOptions {
  database: Database;
  signIn: SignIn;
  passwords: Passwords;
  sessions: Sessions;
  devices: Devices;
  forgery: ForgeryGuard;
  authenticate: Authenticator;
}

/** The HTTP face of sign-in (A8). */
export function serveAuth(app: HttpServer, options: AuthRoutesOptions): void {
  serveSignIn(app, options);
  serveRefresh(app, options);
  serveSignOut(app, options);
  servePasswords(app, options);
  serveOwnSession(app, options);
}

function serveSignIn(app: HttpServer, { signIn: service, sessions, devices, forgery }: AuthRoutesOptions) {
  const schema = { body: signIn, response: { 200: signedIn } };
  app.post("/v1/auth/sign-in", { schema }, async (request, reply) => {
    forgery.requireOwnOrigin(request);
    const { tokens: mode, ...credentials } = request.body;
    const { tokens, user } = await service.signIn(credentials, visitOf(request));
    // ASVS 7.2.4: the session that the browser had until now ends.
    const former = onlyCookie(request.headers.cookie, "refresh");
    if (former !== undefined) await sessions.endByToken(former, request.id, "signed_in_again");
    if (mode === "body") return { ...inBody(tokens), user };
    const device = setCookie("device", devices.write(user.id), deviceSeconds);
    return { ...inCookies(reply, tokens, device), user };
  });
}

function serveRefresh(app: HttpServer, { sessions, forgery }: AuthRoutesOptions): void {
  const schema = { body: refreshToken, response: { 200: issued } };
  app.post("/v1/auth/refresh", { schema }, async (request, reply) => {
    // No x-csrf-token: a page that was just loaded gets it from here. Another site's page can neither send the cookie nor read this.
    forgery.requireOwnOrigin(request);
    const { given, inCookie } = refreshTokenOf(request);
    if (given === undefined) throw sessionEnded();
    const result = await sessions.refresh(given, request.id);
    if ("tokens" in result) return inCookie ? inCookies(reply, result.tokens) : inBody(result.tokens);
    request.log.warn({ ...logEvents.refreshReused, ...result.reused }, "a refresh token was used again");
    throw sessionEnded();
  });
}

function serveSignOut(app: HttpServer, { sessions, forgery, authenticate }: AuthRoutesOptions): void {
  const schema = { body: refreshToken, response: { 204: noContent } };
  app.post("/v1/auth/sign-out", { schema }, async (request, reply) => {
    forgery.requireOwnOrigin(request);
    const { given } = refreshTokenOf(request);
    const byToken = given && (await sessions.endByToken(given, request.id, "signed_out"));
    const ended = byToken || (await endByAccessToken(request));
    if (ended) logEnd(request, [ended], "signed_out");
    reply.code(204).header("set-cookie", [clearedCookie("access"), clearedCookie("refresh")]);
  });

  /** A caller who has no more than an access token signs out with that; one that does not count has nothing to end. */
  async function endByAccessToken(request: FastifyRequest): Promise<string | undefined> {
    try {
      const actor = await authenticate(request);
      if (actor?.kind !== "user") return undefined;
      const origin = { organisationId: actor.organisationId, actor: actor.name, requestId: request.id };
      return (await sessions.end(origin, actor.userId, "signed_out", actor.sessionId))[0];
    } catch (error) {
      if (error instanceof RefusedCredential) return undefined;
      throw error;
    }
  }
}

function servePasswords(app: HttpServer, { passwords, forgery }: AuthRoutesOptions): void {
  const change = { body: changePassword, response: { 200: issued } };
  app.post("/v1/auth/password", { schema: change }, async (request, reply) => {
    const tokens = await passwords.change(userOf(request), request.body, visitOf(request));
    return request.headers.authorization === undefined ? inCookies(reply, tokens) : inBody(tokens);
  });

  const accept = { body: acceptInvitation, response: { 204: noContent } };
  app.post("/v1/auth/accept-invitation", { schema: accept }, async (request, reply) => {
    forgery.requireOwnOrigin(request);
    const { token, password } = request.body;
    await passwords.accept(token, password, visitOf(request));
    reply.code(204);
  });
}

function serveOwnSession(app: HttpServer, { database, forgery }: AuthRoutesOptions): void {
  app.get("/v1/auth/session", { schema: { response: { 200: ownSession } } }, async (request) => {
    const { userId, sessionId, organisationId } = userOf(request);
    const row = await database.read((db) => findUserWithTier(db, idToBytes(userId)));
    if (row === undefined) throw sessionEnded();
    return { user: toUser(row), organisationId, sessionId, csrfToken: forgery.tokenOf(sessionId) };
  });
}

/** What a request tells besides its contents. */
export const visitOf = (request: FastifyRequest): Visit => ({
  requestId: request.id,
  userAgent: request.headers["user-agent"] ?? "",
  device: onlyCookie(request.headers.cookie, "device"),
  log: request.log,
});

/** From the body, or else from the cookie. */
function refreshTokenOf({
  body,
  headers,
}: {
  body: { refreshToken?: string | undefined } | null | undefined;
  headers: FastifyRequest["headers"];
}): { given: string | undefined; inCookie: boolean } {
  const inBody = body?.refreshToken;
  return { given: inBody ?? onlyCookie(headers.cookie, "refresh"), inCookie: inBody === undefined };
}

const expiry = (tokens: Tokens): Issued => ({
  accessExpiresInSeconds: tokens.accessSeconds,
  refreshExpiresInSeconds: tokens.refreshSeconds,
});

function inBody(tokens: Tokens): Issued {
  const { accessToken, refreshToken } = tokens;
  return { ...expiry(tokens), accessToken, refreshToken };
}

function inCookies(reply: FastifyReply, tokens: Tokens, ...further: string[]): Issued {
  reply.header("set-cookie", [
    setCookie("access", tokens.accessToken, tokens.accessSeconds),
    setCookie("refresh", tokens.refreshToken, tokens.refreshSeconds),
    ...further,
  ]);
  return { ...expiry(tokens), csrfToken: tokens.csrfToken };
}
