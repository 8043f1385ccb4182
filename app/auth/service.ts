import type { FastifyBaseLogger } from "fastify";
import {
  findUserByEmail,
  findUserWithTier,
  lockUser,
  passwordOf,
  toUser,
  type UserRow,
  type UserWithTier,
  updateUser,
} from "../accounts/repository.ts";
import type { User } from "../accounts/schema.ts";
import type { AuditTrail, Origin } from "../audit/trail.ts";
import { logEvents } from "../contract/log-events.ts";
import { challenge } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import type { PasswordHasher, StoredPassword } from "../passwords/hasher.ts";
import type { Database } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes } from "../platform/ids.ts";
import type { SessionRow } from "../sessions/repository.ts";
import type { Sessions, Tokens } from "../sessions/service.ts";
import type { AttemptKeys } from "./attempt-keys.ts";
import type { Lockout } from "./lockout.ts";
import type { Credentials } from "./schema.ts";

/** What is known of a request besides its contents. */
export interface Visit {
  requestId: string;
  userAgent: string;
  /** The cookie of a browser in which somebody has signed in before. */
  device: string | undefined;
  log: FastifyBaseLogger;
}

export interface SignInOptions {
  database: Database;
  audit: AuditTrail;
  sessions: Sessions;
  hasher: PasswordHasher;
  lockout: Lockout;
  keys: AttemptKeys;
}

/** A password as the proof of who somebody is (A8). No answer tells whether an account exists. */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /**
   * Every failure takes the same steps in the same order, so that it takes the same time (ASVS 6.3.8).
   * @throws Problem `sign_in_failed`, whatever is wrong; `locked` after too many of these; `unavailable` when too many passwords are
   *   being checked.
   */
  async signIn({ email, password }: Credentials, visit: Visit): Promise<{ tokens: Tokens; user: User }> {
    const { database, hasher, lockout, keys, sessions } = this.#options;
    hasher.requireRoom();
    const found = await database.read((db) => findUserByEmail(db, email));
    const user = found && { id: idFromBytes(found.id), version: found.version };
    const key = keys.ofSignIn(email, user, visit.device);
    await lockout.attempt(key, email, visit.log);
    const stored = passwordOf(found);
    const { matches, outdated } = await hasher.verify(password, stored);
    const renewed = outdated ? await hasher.hash(password) : undefined;
    const begun = matches && found ? await this.#begin(found, renewed, visit) : undefined;
    if (begun === undefined) {
      lockout.failed(email, visit.log);
      throw signInFailed();
    }
    await lockout.clear(key);
    sessions.forget(begun.ended);
    const { row } = begun;
    visit.log.info({ ...logEvents.loginSucceeded, ...namesOf(row) }, "signed in");
    return { tokens: await sessions.issue(row, begun.user), user: toUser(begun.user) };
  }

  /** Begins the session, if nobody has changed the password or disabled the user since it was looked at. */
  async #begin(
    found: UserRow,
    renewed: StoredPassword | undefined,
    visit: Visit,
  ): Promise<{ row: SessionRow; ended: string[]; user: UserWithTier } | undefined> {
    const origin = originOf(found, visit);
    return this.#options.audit.change(origin, async (transaction) => {
      const before = await lockUser(transaction, found.id);
      if (before === undefined || !hasSamePassword(before, found)) return undefined;
      const { hash: password_hash, pepperId: pepper_id } = renewed ?? {
        hash: before.password_hash,
        pepperId: before.pepper_id,
      };
      const signedInAt = toDatabaseTime(new Date());
      await updateUser(transaction, { ...before, password_hash, pepper_id, last_signed_in_at: signedInAt });
      const opened = await this.#options.sessions.open(transaction, found.id, visit.userAgent);
      const user = await findUserWithTier(transaction, found.id);
      return user && { ...opened, user };
    });
  }
}

const signInFailed = () =>
  new Problem(
    "sign_in_failed",
    "The e-mail address or the password is wrong, or the account may not sign in.",
    {
      headers: challenge(),
    },
  );

/** Whether nobody has changed the password or disabled the user. Another sign-in may have made the hash anew. */
export const hasSamePassword = (now: UserRow, found: UserRow): boolean =>
  passwordOf(now) !== undefined && now.password_changed_at === found.password_changed_at;

/** Who signs in, for the audit trail. */
export const originOf = (user: UserRow, { requestId }: Visit): Origin => ({
  organisationId: idFromBytes(user.organisation_id),
  actor: `user:${idFromBytes(user.id)}`,
  requestId,
});

/** What the log says of a session. */
export const namesOf = (row: SessionRow) => ({
  userId: idFromBytes(row.user_id),
  sessionId: idFromBytes(row.id),
});
