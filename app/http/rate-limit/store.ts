import * as z from "zod";
import type { Cache } from "../../platform/cache.ts";
import type { CounterStore } from "./limiter.ts";

/**
 * KEYS: the counters. ARGV: the window in milliseconds, the total at which it begins again (0: never), then each counter's increment.
 * Answer: each one's total and time left.
 */
const addScript = `
local window = tonumber(ARGV[1])
local restart = tonumber(ARGV[2])
local answer = {}
for index, key in ipairs(KEYS) do
  local count = tonumber(ARGV[index + 2])
  local total = redis.call('INCRBY', key, count)
  local left = redis.call('PTTL', key)
  if left < 0 or (total >= restart and total - count < restart) then
    redis.call('PEXPIRE', key, window)
    left = window
  end
  answer[#answer + 1] = total
  answer[#answer + 1] = left
end
return answer`;

/** A counter that has ended is none, by the commands that the API's user may run already. */
const forgetScript = "return redis.call('PEXPIRE', KEYS[1], 0)";

const numbers = z.array(z.number());

/** Counters in Redis that all replicas share. A counter's window begins with the first request that it counts. */
export function redisCounters(cache: Cache): CounterStore {
  const run = cache.script(addScript);
  const end = cache.script(forgetScript);
  return {
    async add(additions, windowMs, restartAt = 0) {
      if (additions.length === 0) return [];
      const keys = additions.map(({ key }) => key);
      const answer = numbers.parse(
        await run(keys, [windowMs, restartAt, ...additions.map(({ count }) => count)]),
      );
      return additions.map((_, index) => ({
        total: answer[index * 2] ?? 0,
        resetInMs: answer[index * 2 + 1] ?? windowMs,
      }));
    },
    async forget(key) {
      await end([key], []);
    },
  };
}
