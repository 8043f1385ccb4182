import { spreadSeconds } from "../../../app/contract/overlap.ts";
import { Failure } from "../shared/failure.ts";

/**
 * When a new key first comes into use. The end of the rotation publishes it; every process has read it one spread later.
 * That end is unknown when the value is made, so a rotation gets some slack, and one that takes longer does not finish:
 * some processes would use its key before others know it.
 */
export interface OverlapTimes {
  /** How often every process reads its secrets again. */
  refreshSeconds: number;
  /** How long a rotation may take from its first step to its last. */
  slackSeconds: number;
  /** How long something made with a key is in use: a token's life, a session's. */
  lifeSeconds: number;
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The moment from which a key made now may be used. */
export const firstUse = (now: number, times: OverlapTimes): string =>
  iso(now + (times.slackSeconds + spreadSeconds(times.refreshSeconds)) * 1_000);

/** When everything made with a key has expired, if its last use is at `lastUse`, plus a minute for clock skew. */
export const lastTrace = (lastUse: string, times: OverlapTimes): string =>
  iso(Date.parse(lastUse) + (times.lifeSeconds + 60) * 1_000);

/** @throws Failure `stale-pending` when a key published now would be used before everybody has read it. */
export const refuseStale = (from: string, now: number, times: OverlapTimes): void => {
  const late = now + spreadSeconds(times.refreshSeconds) * 1_000 - Date.parse(from);
  if (late <= 0) return;
  const seconds = Math.ceil(late / 1_000);
  throw new Failure(
    "stale-pending",
    `the rotation broke off and is ${seconds} s too late to be finished: its key was to be used from ${from}`,
  );
};
