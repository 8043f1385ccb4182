import { setTimeout as delay } from "node:timers/promises";

/**
 * Looks again and again until `look` finds nothing more, or the time is up. Returns what was found last: empty means done.
 * `tell` hears how many are left whenever that changes. @throws the signal's reason once it is aborted
 */
export async function untilNone<T>(
  look: () => Promise<readonly T[]>,
  times: { pollMs: number; longestMs: number },
  signal: AbortSignal,
  tell: (left: readonly T[]) => void = () => undefined,
): Promise<readonly T[]> {
  const deadline = Date.now() + times.longestMs;
  let told = -1;
  for (;;) {
    signal.throwIfAborted();
    const left = await look();
    if (left.length === 0 || Date.now() >= deadline) return left;
    if (left.length !== told) tell(left);
    told = left.length;
    await delay(times.pollMs, undefined, { signal });
  }
}
