/**
 * What the API does in Redis: the rights of its user are made of these and nothing else, and the API's
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

/**
 * What the API may do in Redis, in ACL language: the commands that it sends, on keys with its prefixes, and nothing else. No
 * category: each holds commands that nobody here needs, and a new engine version puts further ones into it. (AUTH needs no
 * right; without a command for channels there is nothing to say of channels.)
 */
export const applicationAccess = [
  "on",
  ...Object.values(cacheKeys).map((prefix) => `~${prefix}*`),
  "-@all",
  ...cacheCommands.map((command) => `+${command}`),
].join(" ");
