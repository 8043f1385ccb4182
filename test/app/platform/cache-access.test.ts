import { beforeEach, describe, expect, it } from "vitest";
import { applicationAccess, cacheCommands } from "../../../app/contract/cache-access.ts";
import { redisCounters } from "../../../app/http/rate-limit/store.ts";
import { LiveStream } from "../../../app/live/stream.ts";
import { type Cache, openCache } from "../../../app/platform/cache.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { withRedis } from "../../support/index.ts";
import { silent } from "../support/fixture.ts";

// Open by itself, so that what refuses is the rights.
const redis = await withRedis({ "enable-debug-command": "yes" });
const admin = redis.connect(redis.admin);
const application = redis.connect();

/** The API's own code on the server. */
const cache: Cache = await openCache({
  host: redis.host,
  port: redis.port,
  secret: {
    current: redis.user,
    onChange: () => undefined,
    refresh: async () => false,
    refused: () => undefined,
  },
  trust: createTrust([redis.ca]),
  logger: silent(),
});

/** Everything that the API asks of Redis, on a server that knows neither its counters nor its script. */
const everything = async (): Promise<void> => {
  await admin.flushall();
  await admin.script("FLUSH");
  await cache.ping();
  const count = redisCounters(cache);
  const [first] = await count.add([{ key: "rate:global:client", count: 2 }], 60_000);
  expect(first).toEqual({ total: 2, resetInMs: 60_000 });
  const [next] = await count.add([{ key: "rate:global:client", count: 1 }], 60_000);
  expect(next?.total).toBe(3);
  await updates();
};

/** A message of live updates, kept and told. */
const updates = async (): Promise<void> => {
  const stream = new LiveStream(cache);
  const [connected, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()];
  const listener = stream.listen((...message) => heard.resolve(message), connected.resolve);
  try {
    await connected.promise;
    await listener.join("organisation");
    await stream.append("organisation", "{}");
    const [entry, ...others] = await stream.read("organisation");
    expect(others).toEqual([]);
    expect(await heard.promise).toEqual(["organisation", entry]);
    await listener.leave("organisation");
  } finally {
    listener.close();
  }
};

const give = (accessString: string) =>
  redis.setUser({ name: redis.user.username, passwords: [redis.user.password], accessString });

beforeEach(() => give(applicationAccess));

describe("S5 the rights of the API's user in Redis", () => {
  it("are enough for all that the API does", async () => {
    await everything();
  });

  it.each(cacheCommands)("need %s: without it the API's work is refused", async (command) => {
    const rules = applicationAccess.split(" ").filter((rule) => rule !== `+${command}`);
    await give(rules.join(" "));
    await expect(everything()).rejects.toThrow(/NOPERM|can't run this command|No permissions/);
  });

  it.each([
    ["emptying it", "FLUSHALL"],
    ["emptying a database", "FLUSHDB"],
    ["reading settings", "CONFIG GET *"],
    ["changing settings", "CONFIG SET maxmemory 1"],
    ["listing keys", "KEYS *"],
    ["listing its own keys", "SCAN 0 MATCH rate:*"],
    ["picking a key", "RANDOMKEY"],
    ["counting keys", "DBSIZE"],
    ["debugging", "DEBUG SLEEP 0"],
    ["emptying the scripts", "SCRIPT FLUSH"],
    ["stopping a script", "SCRIPT KILL"],
    ["functions", "FUNCTION LIST"],
    ["listing users", "ACL LIST"],
    ["giving itself rights", "ACL SETUSER bulwark-app +@all"],
    ["watching others", "MONITOR"],
    ["listing connections", "CLIENT LIST"],
    ["ending connections", "CLIENT KILL TYPE normal"],
    ["stopping the server", "SHUTDOWN NOSAVE"],
    ["writing the data to disk", "BGSAVE"],
    ["making it a replica", "REPLICAOF 127.0.0.1 6379"],
    ["reading all data as a replica", "PSYNC ? -1"],
    ["loading code", "MODULE LIST"],
    ["moving keys elsewhere", "MIGRATE 127.0.0.1 6379 rate:a 0 100"],
    ["another database", "SELECT 1"],
    ["swapping databases", "SWAPDB 0 1"],
    ["reading the server's state", "INFO"],
    ["reading slow commands with their arguments", "SLOWLOG GET"],
    ["reading another key", "GET other"],
    ["setting another key", "SET other 0"],
    ["removing another key", "DEL other"],
    ["taking another list's items", "RPOPLPUSH other queue:a:wait"],
    ["publishing elsewhere", "PUBLISH channel message"],
    ["listening elsewhere", "SUBSCRIBE channel"],
    ["listening to all", "PSUBSCRIBE live:*"],
    ["listing channels", "PUBSUB CHANNELS"],
    ["removing another stream's messages", "XTRIM other MAXLEN 0"],
    ["adding to another stream", "XADD other * message {}"],
    ["reading a stream that is not the API's", "XRANGE other - +"],
    ["counting under another name", "INCRBY other 1"],
    ["keeping another key", "PEXPIRE other 1000"],
  ])("refuse %s (%s)", async (_, line) => {
    const [command = "", ...args] = line.split(" ");
    await expect(application.call(command, ...args)).rejects.toThrow(/^NOPERM/);
  });

  it.each([
    ["a key outside the prefixes, declared", "return redis.call('INCRBY', KEYS[1], 1)", ["other"]],
    ["a key outside the prefixes, not declared", "return redis.call('INCRBY', 'other', 1)", []],
    ["a command that is not the API's", "return redis.call('FLUSHALL')", []],
    ["telling another channel", "return redis.call('PUBLISH', 'other', '')", []],
    ["another command on a key of its own", "return redis.call('GETDEL', KEYS[1])", ["rate:a"]],
  ])("refuse a script %s", async (_, script, keys) => {
    await expect(application.eval(script, keys.length, ...keys)).rejects.toThrow(
      /NOPERM|can't run this command|No permissions|can't access at least one of the keys|can't publish to the channel/,
    );
    expect(await admin.exists("other")).toBe(0);
  });
});
