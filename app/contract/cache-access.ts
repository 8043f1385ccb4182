/**
 * What API and worker do in Redis: the rights of their user are made of these and nothing else, and their
 * tests run under them. A new feature adds its prefix and its commands here; rights are given before a new version is rolled out.
 */

/** What the names of keys begin with, by what they are for. */
export const cacheKeys = { rateLimits: "rate:", live: "live:", queue: "queue:" } as const;

/** What the names of channels begin with. */
const cacheChannels = [cacheKeys.live];

/**
 * What BullMQ's scripts call for what is used of it here: adding jobs one by one and by schedulers, taking and ending them, and giving those
 * of a worker that died to another.
 */
export const queueCommands = (
  "bzpopmin del exists get hdel hexists hget hgetall hincrby hmget hmset hset incr lindex llen lpop lpush lrange lrem ltrim persist " +
  "rpop rpoplpush sadd scard set smembers srem xtrim zadd zcard zcount zpopmin zrange zrangebyscore zrem zremrangebyrank " +
  "zremrangebyscore zrevrange zrevrangebyscore zscore"
).split(" ");

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
 * What API and worker may do in Redis, in ACL language: the commands that it sends, on keys and channels with its prefixes, and nothing else.
 * No category: each holds commands that nobody here needs, and a new engine version puts further ones into it. (AUTH needs no right. All
 * channels are taken away first, because a new user of Redis 6 has them.)
 */
export const applicationAccess = [
  "on",
  ...Object.values(cacheKeys).map((prefix) => `~${prefix}*`),
  "resetchannels",
  ...cacheChannels.map((prefix) => `&${prefix}*`),
  "-@all",
  ...[...cacheCommands, ...queueCommands].map((command) => `+${command}`),
].join(" ");
