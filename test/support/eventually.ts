import { setTimeout as delay } from "node:timers/promises";

/**
 * Repeats a check every 20 ms until it passes; after `deadlineMs` it throws what the check threw last. The deadline only ends
 * a hang: a busy machine takes many times as long as a quiet one.
 * Returns what the check returned.
 */
export const eventually = async <T>(check: () => T | Promise<T>, deadlineMs = 20_000): Promise<T> => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(20);
    }
  }
};
