import type { JwtKeySet, RotatingValue, SigningKey } from "./secret-values.ts";

/**
 * Which of several keys to use at a moment. Rotation publishes a new key first and lets it sign only once every process has
 * read it; these functions are how a reader keeps to those times. `now` is in milliseconds since 1970 (`Date.now()`).
 */

/** Seconds after which every process has read a new version: the refresh interval, its 10 % jitter, slow answers, clocks apart. */
export const spreadSeconds = (refreshSeconds: number): number => Math.ceil(refreshSeconds * 1.1) + 5;

/**
 * The key that signs new tokens: the newest that may.
 * @throws when no key may sign yet, which no set made by this product is: somebody wrote it by hand.
 */
export const signingKeyAt = (set: JwtKeySet, now: number): SigningKey => {
  const started = set.keys.filter((key) => Date.parse(key.signsFrom) <= now);
  const newest = started.sort((a, b) => Date.parse(b.signsFrom) - Date.parse(a.signsFrom))[0];
  if (!newest)
    throw new Error("the key set has no key that may sign yet (signsFrom of all is in the future)");
  return newest;
};

/** The keys whose tokens count: all but those whose last token has expired. */
export const verifyingKeysAt = (set: JwtKeySet, now: number): SigningKey[] =>
  set.keys.filter((key) => key.verifiesUntil === undefined || Date.parse(key.verifiesUntil) > now);

/** The value that makes new signatures, hashes or cookies. */
export const valueInForce = (value: RotatingValue, now: number): string =>
  value.from !== undefined && value.previous !== undefined && Date.parse(value.from) > now
    ? value.previous
    : value.current;

/** Every value that something made earlier may carry, the likeliest first. */
export const acceptedValues = (value: RotatingValue, now: number): string[] => [
  value.current,
  ...(value.previous === undefined ? [] : [value.previous]),
  ...(value.older ?? [])
    .filter(({ until }) => until === undefined || Date.parse(until) > now)
    .map((old) => old.value),
];
