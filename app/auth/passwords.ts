import type { Invitations } from "../accounts/invitations.ts";
import {
  findUserWithTier,
  lockUser,
  passwordOf,
  type UserRow,
  type UserWithTier,
} from "../accounts/repository.ts";
import type { Accounts } from "../accounts/service.ts";
import { logEvents } from "../contract/log-events.ts";
import type { UserActor } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import { passwordFault } from "../passwords/rules.ts";
import { fromDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import type { Tokens } from "../sessions/service.ts";
import type { PasswordChange } from "./schema.ts";
import { hasSamePassword, namesOf, originOf, type SignInOptions, type Visit } from "./service.ts";

export interface PasswordsOptions extends SignInOptions {
  accounts: Accounts;
  invitations: Invitations;
}

/** How users choose their passwords: by the present one, or by an invitation. */
export class Passwords {
  readonly #options: PasswordsOptions;

  constructor(options: PasswordsOptions) {
    this.#options = options;
  }

  /**
   * Ends all of the user's sessions, also the one that asks, which gets a new one: whoever has taken its tokens loses them too.
   * @throws Problem `password_wrong`, `password_refused`, `locked`, `unavailable`; `conflict` when the password was changed meanwhile.
   */
  async change(actor: UserActor, change: PasswordChange, visit: Visit): Promise<Tokens> {
    const { audit, hasher, sessions } = this.#options;
    const userId = idToBytes(actor.userId);
    const found = await this.prove(actor, change.currentPassword, visit);
    refuseFaulty(change.newPassword, found);
    const stored = await hasher.hash(change.newPassword);
    const origin = originOf(found, visit);
    const { row, ended } = await audit.change(origin, async (transaction) => {
      const before = await lockUser(transaction, userId);
      if (before === undefined || !hasSamePassword(before, found)) return conflict();
      await this.#options.accounts.setPassword(transaction, before, stored);
      const former = await sessions.revokeAll(transaction, actor.userId, "password_changed");
      const opened = await sessions.open(transaction, userId, visit.userAgent);
      return { row: opened.row, ended: [...former, ...opened.ended] };
    });
    sessions.forget(ended);
    visit.log.info({ ...logEvents.passwordChanged, ...namesOf(row), by: "password" }, "password changed");
    return sessions.issue(row, found);
  }

  /**
   * Has a signed-in user prove again who it is, before what a stolen access token must not do.
   * @throws Problem `password_wrong`, `locked`, `unavailable`; `conflict` when the user is gone.
   */
  async prove(actor: UserActor, password: string, visit: Visit): Promise<UserWithTier> {
    const { database, hasher, lockout, keys } = this.#options;
    hasher.requireRoom();
    const found = await database.read((db) => findUserWithTier(db, idToBytes(actor.userId)));
    if (found === undefined) return conflict();
    const key = keys.ofCurrentPassword(actor.userId);
    await lockout.attempt(key, found.email, visit.log);
    const { matches } = await hasher.verify(password, passwordOf(found));
    if (!matches) {
      lockout.failed(found.email, visit.log);
      throw new Problem("password_wrong", "This is not your current password.");
    }
    await lockout.clear(key);
    return found;
  }

  /**
   * Sets an invited user's password, which ends all of the user's sessions.
   * @throws Problem `invitation_refused` for one that has ended, been used or was never issued; `password_refused`; `unavailable`.
   */
  async accept(token: string, password: string, visit: Visit): Promise<void> {
    const { database, audit, hasher, invitations, sessions } = this.#options;
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
    const ended = await audit.change(origin, async (transaction) => {
      const before = await lockUser(transaction, userId);
      if (!isInvited(before)) return refuseInvitation();
      await this.#options.accounts.setPassword(transaction, before, stored);
      return sessions.revokeAll(transaction, invited.userId, "password_changed");
    });
    sessions.forget(ended);
    visit.log.info(
      { ...logEvents.passwordChanged, userId: invited.userId, by: "invitation" },
      "password changed",
    );
  }
}

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

const isIssuedAt = (invitedAt: string | null, issuedAt: number): boolean =>
  invitedAt !== null && Date.parse(fromDatabaseTime(invitedAt)) === issuedAt;
