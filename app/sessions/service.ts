import { findUserWithTier, type UserWithTier } from "../accounts/repository.ts";
import type { Origin } from "../audit/trail.ts";
import { accessTokenSeconds, sessionIdleSeconds } from "../contract/lifetimes.ts";
import { challenge } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import type { Database } from "../platform/database/database.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { AccessTokens } from "./access-token.ts";
import type { ForgeryGuard } from "./forgery.ts";
import { type RevokedReason, SessionRecords } from "./records.ts";
import type { RefreshTokens } from "./refresh-token.ts";
import { advanceSession, findSession, lockSession, type SessionRow } from "./repository.ts";
import type { Revocations } from "./revocations.ts";

/** How long the token before the newest still counts: tabs of one browser refresh at the same time. */
const graceMs = 10_000;

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

/** What a refresh came to. */
type Refreshed =
  | { outcome: "refused"; row?: SessionRow }
  | { outcome: "reused"; row: SessionRow }
  | { outcome: "refreshed"; row: SessionRow; user: UserWithTier };

/** Sessions and their tokens. */
export class Sessions extends SessionRecords {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    super(options.database, options.revocations);
    this.#options = options;
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
      return { outcome: claim.generation > row.generation ? "refused" : "reused", row };
    });
    if (refreshed.outcome === "refused") throw sessionEnded();
    const { row } = refreshed;
    if (refreshed.outcome === "refreshed") return { tokens: await this.issue(row, refreshed.user) };
    await this.#end(row, requestId, "refresh_reused");
    return { reused: { sessionId: idFromBytes(row.id), userId: idFromBytes(row.user_id) } };
  }

  /** Ends the session of a refresh token, if the token counts. @returns its id. */
  async endByToken(token: string, requestId: string, reason: RevokedReason): Promise<string | undefined> {
    const claim = this.#options.refreshTokens.read(token);
    if (claim === undefined) return undefined;
    const row = await this.#options.database.read((db) => findSession(db, idToBytes(claim.sessionId)));
    if (row === undefined || !this.#options.refreshTokens.isGenuine(claim, row.seed)) return undefined;
    return this.#end(row, requestId, reason);
  }

  async #end(row: SessionRow, requestId: string, reason: RevokedReason): Promise<string | undefined> {
    const [userId, sessionId] = [idFromBytes(row.user_id), idFromBytes(row.id)];
    const [ended] = await this.endLiving(originOf(row, requestId), userId, reason, sessionId);
    return ended;
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

function nextGeneration(row: SessionRow, now: Date): SessionRow {
  const expiresAt = Math.min(now.getTime() + sessionIdleSeconds * 1_000, timeOf(row.ends_at));
  return {
    ...row,
    generation: row.generation + 1,
    refreshed_at: toDatabaseTime(now),
    expires_at: toDatabaseTime(new Date(expiresAt)),
  };
}
