import { setTimeout as delay } from "node:timers/promises";

/**
 * Repeats a check every 20 ms until it passes; after `deadlineMs` it throws what the check threw last.
 * Returns what the check returned.
 */
export const eventually = async <T>(check: () => T | Promise<T>, deadlineMs = 5_000): Promise<T> => {
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
