import { type Authenticator, type Credentials, RefusedCredential, type UserActor } from "../http/actor.ts";
import { bearerToken } from "../http/bearer.ts";
import type { AccessTokens } from "./access-token.ts";
import { cookieValues } from "./cookies.ts";
import type { ForgeryGuard } from "./forgery.ts";
import type { Revocations } from "./revocations.ts";

/**
 * Knows a user by an access token: in `Authorization: Bearer`, or in the cookie. A request with an `Authorization` header is
 * judged by that alone, since no other site's page can make a browser add one.
 */
export function authenticateUsers(
  tokens: AccessTokens,
  revocations: Revocations,
  forgery: ForgeryGuard,
): Authenticator {
  const living = (actor: UserActor): UserActor | Promise<UserActor> => {
    const ended = revocations.has(actor.sessionId);
    if (ended === false) return actor;
    if (ended === true) throw new RefusedCredential("revoked");
    return ended.then((isEnded) => {
      if (isEnded) throw new RefusedCredential("revoked");
      return actor;
    });
  };
  return (request) => {
    const { authorization } = request.headers;
    const token = authorization === undefined ? cookieOf(request) : jwtOf(request);
    if (token === undefined) return undefined;
    const checked = (actor: UserActor): UserActor => {
      if (authorization === undefined) forgery.check(request, actor.sessionId);
      return actor;
    };
    const known = tokens.known(token);
    if (known === undefined) return tokens.verify(token).then(living).then(checked);
    const actor = living(known);
    return actor instanceof Promise ? actor.then(checked) : checked(actor);
  };
}

function cookieOf({ headers }: Credentials): string | undefined {
  const values = cookieValues(headers.cookie, "access");
  if (values.length > 1) throw new RefusedCredential("malformed");
  return values[0] || undefined;
}

/** A bearer token if it has the form of a JWT: API keys are bearer tokens, too. */
function jwtOf({ headers }: Credentials): string | undefined {
  const token = bearerToken(headers.authorization);
  return token?.split(".").length === 3 ? token : undefined;
}
