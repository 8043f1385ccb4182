import { Invitations } from "./accounts/invitations.ts";
import { serveUsers } from "./accounts/routes.ts";
import { Accounts } from "./accounts/service.ts";
import { AuditTrail } from "./audit/trail.ts";
import { AttemptKeys } from "./auth/attempt-keys.ts";
import { Devices } from "./auth/devices.ts";
import { Lockout } from "./auth/lockout.ts";
import { Passwords } from "./auth/passwords.ts";
import { serveAuth, visitOf } from "./auth/routes.ts";
import { SignIn } from "./auth/service.ts";
import type { ApiEnv } from "./contract/env.ts";
import { userOf } from "./http/actor.ts";
import type { Limits } from "./http/rate-limit/limits.ts";
import type { HttpServer } from "./http/server.ts";
import { PasswordHasher } from "./passwords/hasher.ts";
import type { Database } from "./platform/database/database.ts";
import type { Logger } from "./platform/logging.ts";
import type { Secrets } from "./platform/secrets.ts";
import { Signer } from "./platform/signer.ts";
import { AccessTokens } from "./sessions/access-token.ts";
import { authenticateUsers } from "./sessions/authenticator.ts";
import { ForgeryGuard } from "./sessions/forgery.ts";
import { RefreshTokens } from "./sessions/refresh-token.ts";
import { Revocations } from "./sessions/revocations.ts";
import { serveSessions } from "./sessions/routes.ts";
import { Sessions } from "./sessions/service.ts";
import type { KeySet } from "./signing-keys/key-set.ts";

export interface IdentityOptions {
  env: ApiEnv;
  database: Database;
  limits: Limits;
  keys: KeySet;
  secrets: Secrets;
  logger: Logger;
}

/** Users, their sign-in and their sessions, put together: for the server, and for commands. */
export function createIdentity(options: IdentityOptions) {
  const { env, database, limits, keys, secrets, logger } = options;
  const applicationKeys = secrets.get("app-keys");
  const signer = new Signer(() => applicationKeys.current.cookie);
  const forgery = new ForgeryGuard({
    signer: new Signer(() => applicationKeys.current.csrf),
    origins: env.CORS_ORIGIN,
    publicHost: env.PUBLIC_HOST,
  });
  const accessTokens = new AccessTokens(keys, env.ENVIRONMENT);
  secrets.get("jwt").onChange(async () => accessTokens.forget());
  const revocations = new Revocations(database, logger);
  const refreshTokens = new RefreshTokens(signer);
  const sessions = new Sessions({ database, accessTokens, refreshTokens, revocations, forgery });
  const invitations = new Invitations(signer);
  const accounts = new Accounts(database, invitations, sessions);
  const devices = new Devices(signer);
  const keysOfAttempts = new AttemptKeys(signer, devices);
  const proof = {
    database,
    audit: new AuditTrail(database),
    sessions,
    hasher: new PasswordHasher(
      { memoryKib: env.PASSWORD_MEMORY_KIB, passes: env.PASSWORD_PASSES },
      () => applicationKeys.current.pepper,
    ),
    lockout: new Lockout(limits.lockout, keysOfAttempts),
    keys: keysOfAttempts,
  };
  const signIn = new SignIn(proof);
  const passwords = new Passwords({ ...proof, accounts, invitations });
  const authenticate = authenticateUsers(accessTokens, revocations, forgery);
  return {
    accounts,
    passwords,
    revocations,
    authenticate,
    forgery,
    serve(app: HttpServer): void {
      serveAuth(app, { database, signIn, passwords, sessions, devices, forgery, authenticate });
      serveSessions(app, sessions, (request, password) =>
        passwords.prove(userOf(request), password, visitOf(request)),
      );
      serveUsers(app, accounts, sessions);
    },
  };
}
