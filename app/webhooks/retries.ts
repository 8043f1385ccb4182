import type { Attempt } from "./sender.ts";

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000];
/** How long after each failed attempt the next one follows: three days in all, as the specification of Standard Webhooks advises. */
const retryAfterMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
];
/** Longest that a webhook whose attempts fail is left alone. */
const longestPauseMs = minuteMs;
/** A webhook is disabled when all attempts have failed for so long. */
export const disabledAfterMs = 72 * hourMs;

/**
 * When an attempt that failed is followed by another, milliseconds since 1970: up to a fifth later by chance. Undefined where it was the
 * last one.
 * @param attempts how many there were before it
 */
export function nextAttempt(
  attempts: number,
  { retryAfterSeconds }: Attempt,
  now: number,
): number | undefined {
  const delay = retryAfterMs[attempts];
  if (delay === undefined) return undefined;
  return now + Math.max(delay * (1 + Math.random() / 5), retryAfterSeconds * secondMs);
}

/** How long a webhook is left alone after so many failures in a row, half of it by chance, milliseconds. */
export function pauseAfter(failures: number, { retryAfterSeconds }: Attempt): number {
  const grown = Math.min(secondMs * 2 ** Math.min(failures - 1, 16), longestPauseMs);
  return Math.max(grown * (0.5 + Math.random() / 2), retryAfterSeconds * secondMs);
}
