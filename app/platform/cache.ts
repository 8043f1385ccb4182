import { createHash } from "node:crypto";
import { Redis, type RedisOptions } from "ioredis";
import type { CacheCredentials } from "../contract/secret-values.ts";
import type { Logger } from "./logging.ts";
import type { Secret } from "./secrets.ts";
import type { Tracing } from "./tracing/tracing.ts";
import type { Trust } from "./trust.ts";

/**
 * Redis as the API uses it, without names of a client library. No call waits for a lost connection: it fails at once, and the
 * caller handles that.
 */
export interface Cache {
  ping(): Promise<void>;
  /** Makes a function of a Lua script; the server keeps the script, only its digest travels. */
  script(lua: string): (keys: readonly string[], values: readonly (string | number)[]) => Promise<unknown>;
  /** A further connection, which listens to channels until it is closed. */
  listen(handlers: ListenHandlers): Listener;
  /** For /status. */
  state(): string;
  close(): Promise<void>;
}

interface ListenHandlers {
  message(channel: string, text: string): void;
  /** There is a new connection, on which no channel is joined yet. */
  connected(): void;
}

/** Hears the channels that it has joined. Joining and leaving fail where there is no connection. */
export interface Listener {
  join(channel: string): Promise<void>;
  leave(channel: string): Promise<void>;
  close(): void;
}

export interface CacheOptions {
  host: string;
  port: number;
  secret: Secret<CacheCredentials>;
  trust: Trust;
  logger: Logger;
  /** Default: no traces. */
  tracing?: Tracing | undefined;
}

/** Longest a command may take, milliseconds. */
const commandTimeoutMs = 1_000;
/** How often a connection that only listens finds out whether it is still there, milliseconds. */
const pingEveryMs = 5_000;

/** Resolves when the first attempt to connect succeeds or fails: Redis can start later than the API, or go away. */
export async function openCache(options: CacheOptions): Promise<Cache> {
  const { secret, logger } = options;
  const redis = new Redis({
    ...connectionOptions(options),
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    // Commands that were on the wire when the connection broke fail at once instead of waiting for the next one.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  reportConnection(redis, secret, logger, "the cache");
  const listening = new Set<Redis>();
  secret.onChange(async (credentials) => {
    await takeCredentials(redis, credentials);
    for (const connection of listening) remember(connection, credentials);
  });
  await new Promise<void>((resolve) => redis.once("ready", resolve).once("close", resolve));

  return {
    ping: async () => {
      await redis.ping();
    },
    script: (lua) => traced(runScript(redis, lua), options.tracing),
    listen: (handlers) => {
      const connection = redis.duplicate({ autoResubscribe: false });
      reportConnection(connection, secret, logger, "live updates in the cache");
      listening.add(connection);
      return listen(connection, handlers, () => listening.delete(connection));
    },
    state: () => redis.status,
    close: async () => {
      redis.disconnect();
    },
  };
}

/** How every connection is opened. */
export const connectionOptions = ({ host, port, secret, trust }: CacheOptions) =>
  ({
    host,
    port,
    username: secret.current.username,
    password: secret.current.password,
    tls: trust.cache(host),
    connectTimeout: 5_000,
    // INFO is more than the application's user may do.
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  }) satisfies RedisOptions;

/**
 * The connection keeps the login it was opened with. The client tries the new password on it first, which exposes a wrong one
 * before the next reconnection needs it.
 */
async function takeCredentials(redis: Redis, credentials: CacheCredentials): Promise<void> {
  if (redis.status === "ready") await redis.auth(credentials.username, credentials.password);
  remember(redis, credentials);
}

/** For the next reconnection. */
export function remember(redis: Redis, { username, password }: CacheCredentials): void {
  redis.options.username = username;
  redis.options.password = password;
}

/** A connection that listens may send little else, AUTH neither. The cache does not close one whose password has left the user. */
function listen(connection: Redis, { message, connected }: ListenHandlers, closed: () => void): Listener {
  connection.on("message", message).on("ready", connected);
  // It sends nothing by itself, so nothing else would notice that the server is gone without a word.
  const timer = setInterval(() => {
    if (connection.status === "ready") connection.ping().catch(() => connection.disconnect(true));
  }, pingEveryMs).unref();
  return {
    join: async (channel) => {
      await connection.subscribe(channel);
    },
    leave: async (channel) => {
      await connection.unsubscribe(channel);
    },
    close: () => {
      clearInterval(timer);
      closed();
      connection.disconnect();
    },
  };
}

/** Reads the secret anew where its login is refused. One line when the connection is lost and one when it is back, however often it is tried in between. */
export function reportConnection(
  redis: Redis,
  secret: Secret<CacheCredentials>,
  logger: Logger,
  what: string,
): void {
  let lost = false;
  redis.on("error", (error: Error) => {
    if (/^(WRONGPASS|NOAUTH)/.test(error.message)) {
      void secret.refresh().then((isNewer) => isNewer || secret.refused(error));
    }
    if (lost) return;
    lost = true;
    logger.error({ err: error }, `no connection to ${what}: going on without it`);
  });
  redis.on("ready", () => {
    if (lost) logger.info(`${what}: connected again`);
    lost = false;
  });
}

function runScript(redis: Redis, lua: string): ReturnType<Cache["script"]> {
  const digest = createHash("sha1").update(lua).digest("hex");
  return async (keys, values) => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return redis.eval(lua, keys.length, ...keys, ...values);
    }
  };
}

/** The span says what the first key is for, which is the key up to its first colon, not whose it is. */
function traced(run: ReturnType<Cache["script"]>, tracing: Tracing | undefined): ReturnType<Cache["script"]> {
  if (tracing === undefined) return run;
  return (keys, values) => {
    const [purpose = ""] = keys[0]?.split(":", 1) ?? [];
    const attributes = { "db.system.name": "redis", "db.operation.name": "EVALSHA" };
    return tracing.measure({ name: `EVALSHA ${purpose}`, kind: "client", attributes }, () =>
      run(keys, values),
    );
  };
}
