import type { FastifyBaseLogger } from "fastify";
import type { Invitations } from "../accounts/invitations.ts";
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
import type { Accounts } from "../accounts/service.ts";
import type { Origin } from "../audit/repository.ts";
import { logEvents } from "../contract/log-events.ts";
import { challenge, type UserActor } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import type { PasswordHasher, StoredPassword } from "../passwords/hasher.ts";
import { passwordFault } from "../passwords/rules.ts";
import type { Database } from "../platform/database/database.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { SessionRow } from "../sessions/repository.ts";
import type { Sessions, Tokens } from "../sessions/service.ts";
import type { AttemptKeys } from "./attempt-keys.ts";
import type { Lockout } from "./lockout.ts";
import type { Credentials, PasswordChange } from "./schema.ts";

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
  accounts: Accounts;
  invitations: Invitations;
  sessions: Sessions;
  hasher: PasswordHasher;
  lockout: Lockout;
  keys: AttemptKeys;
}

/** Passwords as a proof of who somebody is (A8). No answer tells whether an account exists. */
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
    await this.#attempt(key, email, visit);
    const stored = passwordOf(found);
    const { matches, outdated } = await hasher.verify(password, stored);
    const renewed = outdated ? await hasher.hash(password) : undefined;
    const begun = matches && found ? await this.#begin(found, renewed, visit) : undefined;
    if (begun === undefined) {
      this.#logFailure(email, visit);
      throw signInFailed();
    }
    await lockout.clear(key);
    sessions.forget(begun.ended);
    const { row } = begun;
    visit.log.info({ ...logEvents.loginSucceeded, ...namesOf(row) }, "signed in");
    return { tokens: await sessions.issue(row, begun.user), user: toUser(begun.user) };
  }

  /**
   * Ends all of the user's sessions, also the one that asks, which gets a new one: whoever has taken its tokens loses them too.
   * @throws Problem `password_wrong`, `password_refused`, `locked`, `unavailable`; `conflict` when the password was changed meanwhile.
   */
  async changePassword(actor: UserActor, change: PasswordChange, visit: Visit): Promise<Tokens> {
    const { database, hasher, lockout, keys, sessions } = this.#options;
    hasher.requireRoom();
    const userId = idToBytes(actor.userId);
    const found = (await database.read((db) => findUserWithTier(db, userId))) ?? conflict();
    const key = keys.ofPasswordChange(actor.userId);
    await this.#attempt(key, found.email, visit);
    const { matches } = await hasher.verify(change.currentPassword, passwordOf(found));
    if (!matches) {
      this.#logFailure(found.email, visit);
      throw new Problem("password_wrong", "This is not your current password.");
    }
    await lockout.clear(key);
    refuseFaulty(change.newPassword, found);
    const stored = await hasher.hash(change.newPassword);
    const origin = originOf(found, visit);
    const { row, ended } = await database.transaction(async (transaction) => {
      const before = await lockUser(transaction, userId);
      if (before === undefined || !hasSamePassword(before, found)) return conflict();
      await this.#options.accounts.setPassword(transaction, origin, before, stored);
      const former = await sessions.revokeAll(transaction, origin, actor.userId, "password_changed");
      const opened = await sessions.open(transaction, origin, userId, visit.userAgent);
      return { row: opened.row, ended: [...former, ...opened.ended] };
    });
    sessions.forget(ended);
    visit.log.info({ ...logEvents.passwordChanged, ...namesOf(row), by: "password" }, "password changed");
    return sessions.issue(row, found);
  }

  /**
   * Sets an invited user's password, which ends all of the user's sessions.
   * @throws Problem `invitation_refused` for one that has ended, been used or was never issued; `password_refused`; `unavailable`.
   */
  async acceptInvitation(token: string, password: string, visit: Visit): Promise<void> {
    const { database, hasher, invitations, sessions } = this.#options;
    hasher.requireRoom();
    const invited = invitations.read(token) ?? refuseInvitation();
    const userId = idToBytes(invited.userId);
    const isInvited = (row: UserRow | undefined): row is UserRow =>
      row !== undefined && row.disabled_at === null && isIssuedAt(row.invited_at, invited.issuedAt);
    const found = await database.read((db) => findUserWithTier(db, userId));
    if (!isInvited(found)) return refuseInvitation();
    refuseFaulty(password, found);
    const stored = await hasher.hash(password);
    const origin = originOf(found, visit);
    const ended = await database.transaction(async (transaction) => {
      const before = await lockUser(transaction, userId);
      if (!isInvited(before)) return refuseInvitation();
      await this.#options.accounts.setPassword(transaction, origin, before, stored);
      return sessions.revokeAll(transaction, origin, invited.userId, "password_changed");
    });
    sessions.forget(ended);
    visit.log.info(
      { ...logEvents.passwordChanged, userId: invited.userId, by: "invitation" },
      "password changed",
    );
  }

  /** Begins the session, if nobody has changed the password or disabled the user since it was looked at. */
  async #begin(
    found: UserRow,
    renewed: StoredPassword | undefined,
    visit: Visit,
  ): Promise<{ row: SessionRow; ended: string[]; user: UserWithTier } | undefined> {
    const origin = originOf(found, visit);
    return this.#options.database.transaction(async (transaction) => {
      const before = await lockUser(transaction, found.id);
      if (before === undefined || !hasSamePassword(before, found)) return undefined;
      const { hash: password_hash, pepperId: pepper_id } = renewed ?? {
        hash: before.password_hash,
        pepperId: before.pepper_id,
      };
      const signedInAt = toDatabaseTime(new Date());
      await updateUser(transaction, { ...before, password_hash, pepper_id, last_signed_in_at: signedInAt });
      const opened = await this.#options.sessions.open(transaction, origin, found.id, visit.userAgent);
      const user = await findUserWithTier(transaction, found.id);
      return user && { ...opened, user };
    });
  }

  async #attempt(key: string, email: string, visit: Visit): Promise<void> {
    try {
      await this.#options.lockout.attempt(key);
    } catch (error) {
      visit.log.warn(
        { ...logEvents.loginLocked, account: this.#options.keys.inLog(email) },
        "sign-in locked",
      );
      this.#logFailure(email, visit);
      throw error;
    }
  }

  #logFailure(email: string, { log }: Visit): void {
    log.warn({ ...logEvents.loginFailed, account: this.#options.keys.inLog(email) }, "sign-in failed");
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

function refuseFaulty(password: string, person: UserRow): void {
  const message = passwordFault(password, person);
  if (message === undefined) return;
  throw new Problem("password_refused", `The password ${message}.`);
}

function refuseInvitation(): never {
  throw new Problem("invitation_refused", "The invitation has ended or was used: ask for another one.");
}

function conflict(): never {
  throw new Problem("conflict", "The password was changed meanwhile: sign in again.");
}

/** Whether nobody has changed the password or disabled the user. Another sign-in may have made the hash anew. */
const hasSamePassword = (now: UserRow, found: UserRow): boolean =>
  passwordOf(now) !== undefined && now.password_changed_at === found.password_changed_at;

const isIssuedAt = (invitedAt: string | null, issuedAt: number): boolean =>
  invitedAt !== null && Date.parse(fromDatabaseTime(invitedAt)) === issuedAt;

const originOf = (user: UserRow, { requestId }: Visit): Origin => ({
  organisationId: idFromBytes(user.organisation_id),
  actor: `user:${idFromBytes(user.id)}`,
  requestId,
});

const namesOf = (row: SessionRow) => ({
  userId: idFromBytes(row.user_id),
  sessionId: idFromBytes(row.id),
});
