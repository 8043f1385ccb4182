import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until the answer is one, or the time is up.
 * @param ask undefined means "not yet". @param limits milliseconds.
 * @returns undefined when the time is up.
 */
export const waitFor = async <Answer>(
  ask: () => Promise<Answer | undefined>,
  limits: { timeoutMs: number; intervalMs: number },
): Promise<Answer | undefined> => {
  const deadline = Date.now() + limits.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) return undefined;
    await pause(Math.min(limits.intervalMs, Math.max(1, deadline - Date.now())));
  }
};
