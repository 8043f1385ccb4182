/** The time to live of an environment, from its configuration: `bulwark:schedule.expires`. */
export interface Expiring {
  /** ISO 8601 with its zone, such as 2026-12-24T18:00:00Z. */
  expires?: string | undefined;
}

/** When the environment's time is up; undefined: never. */
export const expiryOf = (schedule: Expiring | undefined): Date | undefined =>
  schedule?.expires === undefined ? undefined : new Date(schedule.expires);

/** Whether the environment has outlived the time that its configuration gives it. */
export function isExpired(schedule: Expiring | undefined, now: Date): boolean {
  const expiry = expiryOf(schedule);
  return expiry !== undefined && expiry <= now;
}
