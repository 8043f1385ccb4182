/** What Secrets Manager says of a secret's life: no value, only dates. */
export interface SecretLife {
  rotationEnabled: boolean;
  createdAt: Date;
  /** When a rotation last succeeded; none: never. */
  rotatedAt?: Date | undefined;
  /** The day (midnight UTC) on which a value was last fetched; none: never. */
  accessedAt?: Date | undefined;
}

export interface Limits {
  /** Longest time between two rotations that the schedule leaves, days. */
  rotationDays: number;
  /** Days without a fetch after which a secret counts as unused. */
  unusedAfterDays: number;
}

const dayMs = 86_400_000;
/** A rotation begins somewhere in its window and may be tried again for hours: late by less than a day is not late. */
const graceDays = 1;

/** Why the rotation of a secret is overdue; undefined: it is not. */
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
 * Why RDS has stopped rotating the master user's secret, as far as its dates tell; undefined: it has not. RDS calls such a secret
 * `impaired`: its password goes on working, and stays what it is.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_MasterUserSecret.html
 */
export const impaired = ({ rotatedAt, createdAt }: SecretLife, now: Date): string | undefined => {
  const days = daysBetween(rotatedAt ?? createdAt, now);
  if (days <= managedRotation.everyDays + managedRotation.patienceDays) return undefined;
  const since = rotatedAt === undefined ? "made and never rotated" : "last rotated";
  return `${since} ${Math.floor(days)} days ago, though RDS does so every ${managedRotation.everyDays}: its status may be "impaired"`;
};

/**
 * Why a secret counts as unused; undefined: it does not.
 *
 * Secrets Manager keeps only the day of the last fetch, so a fetch counts until that day's end: up to a day's patience, never
 * a false alarm. A rotation fetches the secret too. That hides nothing for longer than `unusedAfterDays`, which is why this
 * has to be shorter than the time between two rotations.
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
