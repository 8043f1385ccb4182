/**
 * What the API does in Redis: the rights of its user are made of these and nothing else, and the API's
 * tests run under them. A new feature adds its prefix and its commands here; rights are given before a new version is rolled out.
 */

/** What the names of keys begin with, by what they are for. */
export const cacheKeys = { rateLimits: "rate:", live: "live:" } as const;

/** What the names of channels begin with. */
const cacheChannels = [cacheKeys.live];

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
  // live updates: a script that adds a message and tells of it, one that reads them, and a connection that listens
  "xadd",
  "xrange",
  "publish",
  "subscribe",
  "unsubscribe",
] as const;

/**
 * What the API may do in Redis, in ACL language: the commands that it sends, on keys and channels with its prefixes, and nothing else.
 * No category: each holds commands that nobody here needs, and a new engine version puts further ones into it. (AUTH needs no right. All
 * channels are taken away first, because a new user of Redis 6 has them.)
 */
export const applicationAccess = [
  "on",
  ...Object.values(cacheKeys).map((prefix) => `~${prefix}*`),
  "resetchannels",
  ...cacheChannels.map((prefix) => `&${prefix}*`),
  "-@all",
  ...cacheCommands.map((command) => `+${command}`),
].join(" ");
