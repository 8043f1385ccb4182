import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Tier } from "../contract/limits.ts";
import { logEvents } from "../contract/log-events.ts";
import type { Role, Scope } from "./access.ts";
import { Problem } from "./errors/problem.ts";

interface Identity {
  organisationId: string;
  /** The organisation's, which decides its limits. */
  tier: Tier;
  /** "anonymous", or kind and id of the caller, for the audit trail and the log: "user:…", "key:…". */
  name: string;
}

/** A person who signed in. */
export interface UserActor extends Identity {
  kind: "user";
  userId: string;
  sessionId: string;
  role: Role;
}

/** A program with an API key. */
export interface KeyActor extends Identity {
  kind: "key";
  keyId: string;
  scopes: readonly Scope[];
}

/** Whom a request acts for: it decides what the caller may do and which data is visible. */
export type Actor = UserActor | KeyActor | (Identity & { kind: "anonymous" });

/** The signed-in user of a request to a route that only users may use. */
export function userOf({ actor }: FastifyRequest): UserActor {
  if (actor.kind === "user") return actor;
  throw new Error("the route has no user: its line of the access table lets others in");
}

/** What of a request tells who sent it. */
export type Credentials = Pick<FastifyRequest, "headers" | "method" | "protocol" | "host">;

/**
 * Finds the caller by one kind of credential: undefined, at once, where the request has none of that kind. It answers without a promise
 * what it knows already, because that is nearly every request.
 * @throws RefusedCredential
 */
export type Authenticator = (request: Credentials) => Actor | Promise<Actor> | undefined;

/** Why a credential is not accepted: for the log. The answer does not say, because it would help to guess. */
export type RefusalReason = "malformed" | "unknown" | "expired" | "revoked" | "not_genuine";

/** A challenge by RFC 6750 section 3, which every 401 carries. */
export const challenge = (error = ""): Record<string, string> => ({
  "www-authenticate": `Bearer realm="bulwark"${error && `, error="${error}"`}`,
});

/** A credential that is there and does not count. It is never taken for none: its sender would act as somebody else. */
export class RefusedCredential extends Problem {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    const detail = "The credential is invalid or has ended.";
    super("credential_refused", detail, { headers: challenge("invalid_token") });
    this.reason = reason;
  }
}

/** Everybody until a credential says who it is. It acts for an organisation that does not exist, to which nothing is visible. */
export const anonymous: Actor = Object.freeze({
  kind: "anonymous",
  organisationId: "00000000-0000-0000-0000-000000000000",
  tier: "standard",
  name: "anonymous",
});

/** Gives every request its actor. Public routes, and paths without a route, read no credential. */
export function identifyActor(app: FastifyInstance, authenticators: readonly Authenticator[]): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { access } = request.route;
    if (access === undefined || access === "public") return done();
    try {
      const actor = identify(request, authenticators);
      if (!(actor instanceof Promise)) {
        request.actor = actor;
        return done();
      }
      actor.then(
        (known) => {
          request.actor = known;
          done();
        },
        (error) => done(reported(error, request)),
      );
    } catch (error) {
      done(reported(error, request));
    }
  });
}

/** @throws RefusedCredential, or gives a promise that fails with it. */
export function identify(
  request: Credentials,
  authenticators: readonly Authenticator[],
): Actor | Promise<Actor> {
  for (const authenticate of authenticators) {
    const actor = authenticate(request);
    if (actor !== undefined) return actor;
  }
  if (request.headers.authorization !== undefined) throw new RefusedCredential("malformed");
  return anonymous;
}

function reported(error: unknown, request: FastifyRequest): Error {
  if (error instanceof RefusedCredential) {
    const { reason } = error;
    // A token ends every few minutes while its bearer works.
    const level = reason === "expired" ? "info" : "warn";
    request.log[level](
      { ...logEvents.credentialRefused, reason, client: request.client },
      "credential refused",
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}
