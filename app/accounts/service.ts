import { type AuditedTransaction, AuditTrail, type Origin } from "../audit/trail.ts";
import { Problem } from "../http/errors/problem.ts";
import type { StoredPassword } from "../passwords/hasher.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { isDuplicate } from "../platform/database/failures.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes, newId } from "../platform/ids.ts";
import type { RevokedReason, SessionRecords } from "../sessions/records.ts";
import type { Invitations } from "./invitations.ts";
import {
  findUserByEmail,
  findUserWithTier,
  insertUser,
  listUsers,
  lockActiveAdmins,
  lockUser,
  toUser,
  type UserRow,
  updateUser,
} from "./repository.ts";
import type { Invitation, User, UserChange, UserFilter, UserInput, UserPage } from "./schema.ts";

const firstId = "00000000-0000-0000-0000-000000000000";

/** What can be done with an organisation's users. Each change and its entry in the audit trail are one transaction. */
export class Accounts {
  readonly #database: DatabaseAccess;
  readonly #audit: AuditTrail;
  readonly #invitations: Invitations;
  readonly #sessions: SessionRecords;

  constructor(database: DatabaseAccess, invitations: Invitations, sessions: SessionRecords) {
    this.#database = database;
    this.#audit = new AuditTrail(database);
    this.#invitations = invitations;
    this.#sessions = sessions;
  }

  /** Recorded in the audit trail: it reads personal data. */
  async list(origin: Origin, query: UserFilter): Promise<UserPage> {
    const { organisationId } = origin;
    const { limit, after = firstId } = query;
    const read = { entity: "user", entityId: organisationId, verb: "listed", asked: query };
    await this.#audit.recordRead(origin, read);
    const found = await this.#database.read((db) => listUsers(db, organisationId, after, limit + 1));
    const items = found.slice(0, limit);
    return { items, nextAfter: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws Problem `not_found`, also for another organisation's user. */
  async read(organisationId: string, id: string): Promise<User> {
    const row = await this.#database.read((db) => findUserWithTier(db, idToBytes(id)));
    return toUser(ownUser(row, organisationId));
  }

  /** The user whose sessions an admin is about to read, which is recorded. @throws as `read` does. */
  async readForSessions(origin: Origin, id: string): Promise<User> {
    const user = await this.read(origin.organisationId, id);
    const read = { entity: "user", entityId: user.id, verb: "sessions_read", asked: {} };
    await this.#audit.recordRead(origin, read);
    return user;
  }

  /** The user of an address, in whatever organisation: for commands, not for requests. */
  async find(email: string): Promise<(User & { organisationId: string }) | undefined> {
    const row = await this.#database.read((db) => findUserByEmail(db, email));
    return row && { ...toUser(row), organisationId: idFromBytes(row.organisation_id) };
  }

  /** @throws Problem `conflict` where the address has a user, in this organisation or another one. */
  async create(origin: Origin, input: UserInput): Promise<{ user: User; invitation: Invitation }> {
    const now = new Date();
    const row = newUser(origin.organisationId, input, now);
    await this.#audit.change(origin, async (transaction) => {
      await insertUser(transaction, row).catch((error: unknown) => {
        throw isDuplicate(error) ? new Problem("conflict", "This e-mail address has a user already.") : error;
      });
      record(transaction, "created", null, row);
    });
    return { user: toUser(row), invitation: this.#invitationOf(row, now) };
  }

  /**
   * Lets a user choose a password, the first one or another. An earlier invitation ends; the present password stays until then.
   * @throws Problem `not_found`, also for another organisation's user; `conflict` for a disabled one.
   */
  async invite(origin: Origin, id: string): Promise<Invitation> {
    const now = new Date();
    const row = await this.#change(origin, id, "invited", (before) => {
      refuseDisabled(before);
      return { ...before, invited_at: toDatabaseTime(now) };
    });
    return this.#invitationOf(row, now);
  }

  /**
   * A new role, and disabling, end all of the user's sessions: access tokens carry the role.
   * @throws Problem `not_found`, also for another organisation's user; `conflict` where `version` is not the current one, with
   *   the current state, and for the last admin who could sign in.
   */
  async update(origin: Origin, id: string, version: number, change: UserChange): Promise<User> {
    const row = await this.#change(origin, id, "updated", (before, now) => {
      if (before.version !== version) throw stale(before, version);
      const { name = before.name, role = before.role, disabled } = change;
      const disabledAt = disabled === undefined ? before.disabled_at : disabled ? now : null;
      return { ...before, name, role, disabled_at: disabledAt && (before.disabled_at ?? disabledAt) };
    });
    return toUser(row);
  }

  /**
   * Takes a user's password away, or sets this one instead, and ends all sessions: for commands.
   * @returns an invitation to choose another password; none where one is set.
   * @throws as `invite` does.
   */
  async reset(origin: Origin, id: string, stored?: StoredPassword): Promise<Invitation | undefined> {
    const now = new Date();
    const row = await this.#change(origin, id, "password_reset", (before, at) => {
      refuseDisabled(before);
      const { hash: password_hash = null, pepperId: pepper_id = null } = stored ?? {};
      const invited_at = stored === undefined ? toDatabaseTime(now) : null;
      return { ...before, password_hash, pepper_id, password_changed_at: at, invited_at };
    });
    return stored === undefined ? this.#invitationOf(row, now) : undefined;
  }

  /**
   * Forgets failed sign-ins: for commands. They count by the version of the user, which this raises.
   * @throws Problem `not_found`, also for another organisation's user.
   */
  async unlock(origin: Origin, id: string): Promise<void> {
    await this.#change(origin, id, "unlocked", (before) => before);
  }

  /** Gives a locked user this password, and ends the invitation. */
  async setPassword(
    transaction: AuditedTransaction,
    before: UserRow,
    stored: StoredPassword,
  ): Promise<UserRow> {
    const now = toDatabaseTime(new Date());
    const after: UserRow = {
      ...before,
      password_hash: stored.hash,
      pepper_id: stored.pepperId,
      password_changed_at: now,
      invited_at: null,
      version: before.version + 1,
      updated_at: now,
    };
    await updateUser(transaction, after);
    record(transaction, "password_changed", before, after);
    return after;
  }

  async #change(
    origin: Origin,
    id: string,
    verb: string,
    changed: (before: UserRow, now: string) => UserRow,
  ): Promise<UserRow> {
    const now = toDatabaseTime(new Date());
    const { after, ended } = await this.#audit.change(origin, async (transaction) => {
      // First all admins, in this order everywhere: two admins who remove each other must not deadlock.
      const admins = await lockActiveAdmins(transaction, idToBytes(origin.organisationId));
      const before = ownUser(await lockUser(transaction, idToBytes(id)), origin.organisationId);
      const after = { ...changed(before, now), version: before.version + 1, updated_at: now };
      if (admins.includes(id) && admins.length === 1 && !isActiveAdmin(after)) {
        throw new Problem("conflict", "This is the organisation's last admin.", {
          extensions: { current: toUser(before) },
        });
      }
      await updateUser(transaction, after);
      record(transaction, verb, before, after);
      const reason = endOfSessions(before, after);
      const ended = reason ? await this.#sessions.revokeAll(transaction, id, reason) : [];
      return { after, ended };
    });
    this.#sessions.forget(ended);
    return after;
  }

  #invitationOf(row: UserRow, issuedAt: Date): Invitation {
    return this.#invitations.write({ userId: idFromBytes(row.id), issuedAt: issuedAt.getTime() });
  }
}

function record(transaction: AuditedTransaction, verb: string, before: UserRow | null, after: UserRow): void {
  transaction.record({
    entity: "user",
    entityId: idFromBytes(after.id),
    verb,
    before: before && toUser(before),
    after: toUser(after),
  });
}

function newUser(organisationId: string, { email, name, role }: UserInput, at: Date): UserRow {
  const now = toDatabaseTime(at);
  return {
    id: idToBytes(newId()),
    organisation_id: idToBytes(organisationId),
    email,
    name,
    role,
    password_hash: null,
    pepper_id: null,
    password_changed_at: null,
    invited_at: now,
    disabled_at: null,
    last_signed_in_at: null,
    version: 1,
    created_at: now,
    updated_at: now,
  };
}

function ownUser(row: UserRow | undefined, organisationId: string): UserRow {
  if (row !== undefined && idFromBytes(row.organisation_id) === organisationId) return row;
  throw new Problem("not_found", "No such user.");
}

function refuseDisabled({ disabled_at }: UserRow): void {
  if (disabled_at !== null) throw new Problem("conflict", "The user is disabled.");
}

const isActiveAdmin = ({ role, disabled_at }: UserRow): boolean => role === "admin" && disabled_at === null;

function endOfSessions(before: UserRow, after: UserRow): RevokedReason | undefined {
  if (after.disabled_at !== null) return "user_disabled";
  if (before.password_hash !== after.password_hash) return "password_changed";
  return before.role === after.role ? undefined : "role_changed";
}

function stale(current: UserRow, version: number): Problem {
  const detail = `The user has changed: you have version ${version}, it is at version ${current.version}.`;
  return new Problem("conflict", detail, { extensions: { current: toUser(current) } });
}
