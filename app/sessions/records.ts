import { randomBytes } from "node:crypto";
import { type AuditedTransaction, AuditTrail, type Origin } from "../audit/trail.ts";
import { sessionIdleSeconds, sessionSeconds } from "../contract/lifetimes.ts";
import { Problem } from "../http/errors/problem.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes, newId } from "../platform/ids.ts";
import {
  insertSession,
  listSessions,
  lockSessions,
  removeExpired,
  revokeSession,
  type SessionRow,
} from "./repository.ts";
import type { Revocations } from "./revocations.ts";
import type { Session } from "./schema.ts";

/** Why a session ended before its time. */
export type RevokedReason =
  | "signed_out"
  | "signed_in_again"
  | "revoked_by_user"
  | "revoked_by_admin"
  | "refresh_reused"
  | "password_changed"
  | "role_changed"
  | "user_disabled"
  | "too_many";

/** Living sessions of one user; a further one ends the oldest (ASVS 7.1.2). */
const mostSessions = 50;
/** How long an expired session is kept, for those who look into an incident. */
const keptMs = 30 * 86_400_000;

/** Sessions as the database has them. Each beginning and end, and its entry in the audit trail, are one transaction. */
export class SessionRecords {
  readonly #database: DatabaseAccess;
  readonly #revocations: Pick<Revocations, "add">;
  readonly #audit: AuditTrail;

  constructor(database: DatabaseAccess, revocations: Pick<Revocations, "add">) {
    this.#database = database;
    this.#revocations = revocations;
    this.#audit = new AuditTrail(database);
  }

  /** Begins a session of a locked user. @returns the session, and the ids of those that it ended. */
  async open(
    transaction: AuditedTransaction,
    userId: Buffer,
    userAgent: string,
  ): Promise<{ row: SessionRow; ended: string[] }> {
    const now = new Date();
    await removeExpired(transaction, userId, toDatabaseTime(new Date(now.getTime() - keptMs)));
    const living = await lockSessions(transaction, userId, toDatabaseTime(now));
    const ended = await this.revoke(transaction, living.slice(mostSessions - 1), "too_many");
    const row = newSession(userId, idToBytes(transaction.origin.organisationId), userAgent, now);
    await insertSession(transaction, row);
    record(transaction, "created", null, row);
    return { row, ended };
  }

  async list(userId: string, currentId?: string): Promise<Session[]> {
    const rows = await this.#database.read((db) =>
      listSessions(db, idToBytes(userId), toDatabaseTime(new Date())),
    );
    return rows.map((row) => toSession(row, currentId));
  }

  /** Ends one session of a user, or all. @throws Problem `not_found` for a session that is not the user's, or has ended. */
  async end(origin: Origin, userId: string, reason: RevokedReason, sessionId?: string): Promise<string[]> {
    const ended = await this.endLiving(origin, userId, reason, sessionId);
    if (sessionId !== undefined && ended.length === 0) throw new Problem("not_found", "No such session.");
    return ended;
  }

  /** The same, where it does not matter whether there is one. */
  async endLiving(
    origin: Origin,
    userId: string,
    reason: RevokedReason,
    sessionId?: string,
  ): Promise<string[]> {
    const ended = await this.#audit.change(origin, (transaction) =>
      this.revokeAll(transaction, userId, reason, sessionId),
    );
    this.forget(ended);
    return ended;
  }

  /** Revokes a user's living sessions, or only one of them. @returns their ids, to `forget` after the commit. */
  async revokeAll(
    transaction: AuditedTransaction,
    userId: string,
    reason: RevokedReason,
    onlyId?: string,
  ): Promise<string[]> {
    const living = await lockSessions(transaction, idToBytes(userId), toDatabaseTime(new Date()));
    const chosen = living.filter(({ id }) => onlyId === undefined || idFromBytes(id) === onlyId);
    return this.revoke(transaction, chosen, reason);
  }

  /** Stops access tokens of ended sessions here at once; other replicas learn of them by their next poll. */
  forget(sessionIds: readonly string[]): void {
    this.#revocations.add(sessionIds);
  }

  /** Revokes locked sessions. @returns their ids, to `forget` after the commit. */
  async revoke(
    transaction: AuditedTransaction,
    rows: readonly SessionRow[],
    reason: RevokedReason,
  ): Promise<string[]> {
    for (const row of rows) {
      await revokeSession(transaction, row.id, reason);
      record(transaction, "revoked", row, row, reason);
    }
    return rows.map(({ id }) => idFromBytes(id));
  }
}

function record(
  transaction: AuditedTransaction,
  verb: string,
  before: SessionRow | null,
  after: SessionRow,
  reason?: RevokedReason,
): void {
  const described = (row: SessionRow) => ({ userId: idFromBytes(row.user_id), ...toSession(row) });
  transaction.record({
    entity: "session",
    entityId: idFromBytes(after.id),
    verb,
    before: before && described(before),
    after: { ...described(after), ...(reason && { reason }) },
  });
}

function newSession(userId: Buffer, organisationId: Buffer, userAgent: string, at: Date): SessionRow {
  const now = toDatabaseTime(at);
  return {
    id: idToBytes(newId()),
    user_id: userId,
    organisation_id: organisationId,
    generation: 1,
    seed: randomBytes(32),
    user_agent: userAgent.slice(0, 128),
    created_at: now,
    refreshed_at: now,
    expires_at: toDatabaseTime(new Date(at.getTime() + sessionIdleSeconds * 1_000)),
    ends_at: toDatabaseTime(new Date(at.getTime() + sessionSeconds * 1_000)),
    revoked_at: null,
    revoked_reason: null,
  };
}

function toSession(row: SessionRow, currentId?: string): Session {
  const id = idFromBytes(row.id);
  return {
    id,
    userAgent: row.user_agent,
    current: id === currentId,
    createdAt: fromDatabaseTime(row.created_at),
    refreshedAt: fromDatabaseTime(row.refreshed_at),
    expiresAt: fromDatabaseTime(row.expires_at),
  };
}
