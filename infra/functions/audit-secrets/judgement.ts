/** What Secrets Manager says of a secret's life: no value, only dates. */
export interface SecretLife {
  rotationEnabled: boolean;
  createdAt: Date;
  /** When the last rotation succeeded, if any. */
  rotatedAt?: Date | undefined;
  /** Day (midnight UTC) of the last fetch of a value, if any. */
  accessedAt?: Date | undefined;
}

export interface Limits {
  /** Longest time between two rotations that the schedule leaves, days. */
  rotationDays: number;
  /** Days without a fetch after which a secret counts as unused. */
  unusedAfterDays: number;
}

const dayMs = 86_400_000;
/** A rotation begins anywhere in its window and can retry for hours: a delay below a day does not count. */
const graceDays = 1;

/** Why a secret's rotation is overdue; undefined if it is not. */
export const overdue = (life: SecretLife, { rotationDays }: Limits, now: Date): string | undefined => {
  if (!life.rotationEnabled) return "its rotation is switched off";
  const days = daysBetween(life.rotatedAt ?? life.createdAt, now);
  if (days <= rotationDays + graceDays) return undefined;
  const since = life.rotatedAt === undefined ? "made and never rotated" : "last rotated";
  return `${since} ${Math.floor(days)} days ago; due every ${rotationDays}`;
};

/** RDS rotates the master user's secret every seven days; a database that is stopped then is rotated later. */
const managedRotation = { everyDays: 7, patienceDays: 7 };

/**
 * Why RDS has stopped rotating the master user's secret, by its dates; undefined if it has not. RDS calls such a secret
 * `impaired`: its password keeps working and does not change.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_MasterUserSecret.html
 */
export const impaired = ({ rotatedAt, createdAt }: SecretLife, now: Date): string | undefined => {
  const days = daysBetween(rotatedAt ?? createdAt, now);
  if (days <= managedRotation.everyDays + managedRotation.patienceDays) return undefined;
  const since = rotatedAt === undefined ? "made and never rotated" : "last rotated";
  return `${since} ${Math.floor(days)} days ago, though RDS does so every ${managedRotation.everyDays}: its status may be "impaired"`;
};

/**
 * Why a secret counts as unused; undefined if it does not.
 *
 * Secrets Manager keeps only the day of the last fetch, so a fetch counts until that day's end: the alarm is up to a day late,
 * and never false. A rotation also fetches the secret, which hides disuse for `unusedAfterDays` at most; so that must be
 * shorter than the time between two rotations.
 */
export const unused = (life: SecretLife, { unusedAfterDays }: Limits, now: Date): string | undefined => {
  const last = life.accessedAt === undefined ? life.createdAt : endOfDay(life.accessedAt);
  const days = daysBetween(last, now);
  if (days <= unusedAfterDays) return undefined;
  const since = life.accessedAt === undefined ? "made and never fetched:" : "not fetched for";
  return `${since} ${Math.floor(days)} days; the API reads it every few minutes`;
};

const daysBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / dayMs;

const endOfDay = (day: Date): Date => new Date((Math.floor(day.getTime() / dayMs) + 1) * dayMs);
