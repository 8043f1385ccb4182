/**
 * What the API does in Redis: the rights of its user (infra/cache/access.ts) are made of these and nothing else, and the API's
 * tests run under them. A new feature adds its prefix and its commands here; rights are given before a new version is rolled out.
 */

/** What the names of keys begin with, by what they are for. */
export const cacheKeys = { rateLimits: "rate:" } as const;

/** In small letters, with those that scripts call: `command`, or `command|subcommand`. */
export const cacheCommands = [
  // readiness
  "ping",
  // rate limits: a script that counts and sees to the counter's end
  "eval",
  "evalsha",
  "incrby",
  "pttl",
  "pexpire",
] as const;
