import { randomBytes } from "node:crypto";
import { findUserWithTier, type UserWithTier } from "../accounts/repository.ts";
import { AuditTrail, type Origin } from "../audit/repository.ts";
import { accessTokenSeconds, sessionIdleSeconds, sessionSeconds } from "../contract/lifetimes.ts";
import { challenge } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import type { Database } from "../platform/database/database.ts";
import type { Connection } from "../platform/database/statement.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes, newId } from "../platform/ids.ts";
import type { AccessTokens } from "./access-token.ts";
import type { ForgeryGuard } from "./forgery.ts";
import type { RefreshTokens } from "./refresh-token.ts";
import {
  advanceSession,
  insertSession,
  listSessions,
  lockSession,
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
/** How long the token before the newest still counts: tabs of one browser refresh at the same time. */
const graceMs = 10_000;
/** How long an expired session is kept, for those who look into an incident. */
const keptMs = 30 * 86_400_000;

/** What a client gets to go on with. */
export interface Tokens {
  userId: string;
  accessToken: string;
  accessSeconds: number;
  refreshToken: string;
  refreshSeconds: number;
  csrfToken: string;
}

export interface SessionsOptions {
  database: Database;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  revocations: Revocations;
  forgery: ForgeryGuard;
}

/** What a refresh came to. An outcome and no error: a reuse ends the session in the same transaction. */
type Refreshed =
  | { outcome: "refused" }
  | { outcome: "reused"; row: SessionRow }
  | { outcome: "refreshed"; row: SessionRow; user: UserWithTier };

/** Sessions and their tokens. Each beginning and end, and its entry in the audit trail, are one transaction. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #audit: AuditTrail;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#audit = new AuditTrail(options.database.auditSchema);
  }

  /** Begins a session of a locked user. @returns the session, and the ids of those that it ended. */
  async open(
    transaction: Connection,
    origin: Origin,
    userId: Buffer,
    userAgent: string,
  ): Promise<{ row: SessionRow; ended: string[] }> {
    const now = new Date();
    await removeExpired(transaction, userId, toDatabaseTime(new Date(now.getTime() - keptMs)));
    const living = await lockSessions(transaction, userId, toDatabaseTime(now));
    const ended = await this.#revoke(transaction, origin, living.slice(mostSessions - 1), "too_many");
    const row = newSession(userId, idToBytes(origin.organisationId), userAgent, now);
    await insertSession(transaction, row);
    await this.#record(transaction, origin, "created", null, row);
    return { row, ended };
  }

  async issue(row: SessionRow, user: UserWithTier): Promise<Tokens> {
    const { accessTokens, refreshTokens, forgery } = this.#options;
    const [userId, sessionId] = [idFromBytes(user.id), idFromBytes(row.id)];
    const { role, tier } = user;
    const organisationId = idFromBytes(user.organisation_id);
    return {
      userId,
      accessToken: await accessTokens.sign({ userId, sessionId, organisationId, role, tier }),
      accessSeconds: accessTokenSeconds,
      refreshToken: refreshTokens.write(row),
      refreshSeconds: Math.max(0, Math.floor((timeOf(row.expires_at) - Date.now()) / 1_000)),
      csrfToken: forgery.tokenOf(sessionId),
    };
  }

  /**
   * The session's next tokens. The token before the newest gets the newest again for ten seconds; an older one has been stolen from
   * somebody who has refreshed since, or is the thief's, so it ends the session (RFC 9700 section 4.14.2).
   * @returns the tokens, or the session that a reuse has ended.
   * @throws Problem `session_ended` for a token that does not count, without any effect.
   */
  async refresh(
    token: string,
    requestId: string,
  ): Promise<{ tokens: Tokens } | { reused: { sessionId: string; userId: string } }> {
    const claim = this.#options.refreshTokens.read(token);
    if (claim === undefined) throw sessionEnded();
    const refreshed = await this.#options.database.transaction<Refreshed>(async (transaction) => {
      const row = await lockSession(transaction, idToBytes(claim.sessionId));
      const isGenuine = row !== undefined && this.#options.refreshTokens.isGenuine(claim, row.seed);
      const now = new Date();
      if (!isGenuine || !isLiving(row, now)) return { outcome: "refused" };
      const user = await findUserWithTier(transaction, row.user_id);
      if (user === undefined || user.disabled_at !== null) return { outcome: "refused" };
      if (claim.generation === row.generation) {
        const next = nextGeneration(row, now);
        await advanceSession(transaction, next);
        return { outcome: "refreshed", row: next, user };
      }
      const isPrevious = claim.generation === row.generation - 1;
      if (isPrevious && now.getTime() - timeOf(row.refreshed_at) <= graceMs) {
        return { outcome: "refreshed", row, user };
      }
      // A later generation than the row's is left from before a restore of the database: nobody has stolen it.
      if (claim.generation > row.generation) return { outcome: "refused" };
      await this.#revoke(transaction, originOf(row, requestId), [row], "refresh_reused");
      return { outcome: "reused", row };
    });
    if (refreshed.outcome === "refused") throw sessionEnded();
    const { row } = refreshed;
    if (refreshed.outcome === "refreshed") return { tokens: await this.issue(row, refreshed.user) };
    const sessionId = idFromBytes(row.id);
    this.forget([sessionId]);
    return { reused: { sessionId, userId: idFromBytes(row.user_id) } };
  }

  /** Ends the session of a refresh token, if the token counts. @returns its id. */
  async endByToken(token: string, requestId: string, reason: RevokedReason): Promise<string | undefined> {
    const claim = this.#options.refreshTokens.read(token);
    if (claim === undefined) return undefined;
    const ended = await this.#options.database.transaction(async (transaction) => {
      const row = await lockSession(transaction, idToBytes(claim.sessionId));
      if (row === undefined || !this.#options.refreshTokens.isGenuine(claim, row.seed)) return [];
      if (!isLiving(row, new Date())) return [];
      return this.#revoke(transaction, originOf(row, requestId), [row], reason);
    });
    this.forget(ended);
    return ended[0];
  }

  async list(userId: string, currentId?: string): Promise<Session[]> {
    const rows = await this.#options.database.read((db) =>
      listSessions(db, idToBytes(userId), toDatabaseTime(new Date())),
    );
    return rows.map((row) => toSession(row, currentId));
  }

  /** Ends one session of a user, or all. @throws Problem `not_found` for a session that is not the user's, or has ended. */
  async end(origin: Origin, userId: string, reason: RevokedReason, sessionId?: string): Promise<string[]> {
    const ended = await this.#options.database.transaction((transaction) =>
      this.revokeAll(transaction, origin, userId, reason, sessionId),
    );
    if (sessionId !== undefined && ended.length === 0) throw new Problem("not_found", "No such session.");
    this.forget(ended);
    return ended;
  }

  /** Revokes a user's living sessions, or only one of them. @returns their ids, to `forget` after the commit. */
  async revokeAll(
    transaction: Connection,
    origin: Origin,
    userId: string,
    reason: RevokedReason,
    onlyId?: string,
  ): Promise<string[]> {
    const living = await lockSessions(transaction, idToBytes(userId), toDatabaseTime(new Date()));
    const chosen = living.filter(({ id }) => onlyId === undefined || idFromBytes(id) === onlyId);
    return this.#revoke(transaction, origin, chosen, reason);
  }

  /** Stops access tokens of ended sessions here at once; other replicas learn of them by their next poll. */
  forget(sessionIds: readonly string[]): void {
    this.#options.revocations.add(sessionIds);
  }

  async #revoke(
    transaction: Connection,
    origin: Origin,
    rows: readonly SessionRow[],
    reason: RevokedReason,
  ): Promise<string[]> {
    for (const row of rows) {
      await revokeSession(transaction, row.id, reason);
      await this.#record(transaction, origin, "revoked", row, row, reason);
    }
    return rows.map(({ id }) => idFromBytes(id));
  }

  #record(
    transaction: Connection,
    origin: Origin,
    verb: string,
    before: SessionRow | null,
    after: SessionRow,
    reason?: RevokedReason,
  ): Promise<void> {
    const described = (row: SessionRow) => ({ userId: idFromBytes(row.user_id), ...toSession(row) });
    return this.#audit.record(transaction, origin, {
      entity: "session",
      entityId: idFromBytes(after.id),
      verb,
      before: before && described(before),
      after: { ...described(after), ...(reason && { reason }) },
    });
  }
}

/** The answer to a refresh token that does not count, whatever the reason. */
export const sessionEnded = () =>
  new Problem("session_ended", "The session has ended: sign in again.", {
    headers: challenge("invalid_token"),
  });

const timeOf = (databaseTime: string): number => Date.parse(fromDatabaseTime(databaseTime));

const isLiving = (row: SessionRow, now: Date): boolean =>
  row.revoked_at === null && now.getTime() < timeOf(row.expires_at);

/** Who is behind a refresh token. */
const originOf = (row: SessionRow, requestId: string): Origin => ({
  organisationId: idFromBytes(row.organisation_id),
  actor: `user:${idFromBytes(row.user_id)}`,
  requestId,
});

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

function nextGeneration(row: SessionRow, now: Date): SessionRow {
  const expiresAt = Math.min(now.getTime() + sessionIdleSeconds * 1_000, timeOf(row.ends_at));
  return {
    ...row,
    generation: row.generation + 1,
    refreshed_at: toDatabaseTime(now),
    expires_at: toDatabaseTime(new Date(expiresAt)),
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
