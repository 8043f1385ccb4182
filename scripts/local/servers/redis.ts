import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { giveTo, privateDirectory, serverOwner } from "./owner.ts";
import { freePort, requirePort } from "./ports.ts";
import { clearStale, type ServerProcess, startServer } from "./process.ts";
import { ensureRedis } from "./redis-binary.ts";
import { tail } from "./run.ts";

export interface RedisOptions {
  /** Folder of this server: made when missing, its data and users kept when there. */
  dir: string;
  /** TCP port on 127.0.0.1; a free one by default. */
  port?: number;
  /** PEM texts; there is no plain port. */
  tls: { ca: string; cert: string; key: string };
  /** Writes an append-only file, so that data survives a restart. Off by default. */
  persistent?: boolean;
  /** The user that may do everything, as the service itself has. Set at every start; 32 random characters by default. */
  adminPassword?: string;
  /** Further settings: `{ "maxmemory-policy": "noeviction" }`. */
  settings?: Readonly<Record<string, string>>;
  /** What the error for broken data tells a person to type. Default: remove the folder. */
  resetCommand?: string;
}

/** A user as ElastiCache describes one: up to two passwords and an access string without them. */
export interface RedisUser {
  name: string;
  passwords: readonly string[];
  accessString: string;
}

export interface RedisServer {
  host: "localhost";
  port: number;
  adminUser: string;
  adminPassword: string;
  version: string;
  pid: number;
  /** Resolves when the server has ended, asked or not, with how it ended. */
  ended: Promise<string>;
  /** Makes or changes a user at once: exactly these passwords, exactly this access. Kept over restarts. */
  setUser(user: RedisUser): Promise<void>;
  /** Ends it: no process or port is left. */
  stop(): Promise<void>;
  /** Ends it as a crash would, at once: for tests and drills. */
  kill(): Promise<void>;
}

export const adminUser = "service-admin";
const startDeadlineMs = 15_000;

/**
 * Starts a Redis server on 127.0.0.1 with TLS only and the default user off, as the stack's ElastiCache is (S5).
 * Takes about 50 ms and 13 MiB. Throws, in words for a person, when Redis is missing, the port is taken, the
 * folder is in use or its data is broken.
 */
export const startRedis = async (options: RedisOptions): Promise<RedisServer> => {
  const binary = await ensureRedis();
  const home = options.dir;
  if (options.port) await requirePort(options.port, "Redis", "choose another port for Redis");
  mkdirSync(home, { recursive: true });
  const [logFile, pidFile] = [join(home, "server.log"), join(home, "server.pid")];
  await clearStale(pidFile, home, `The Redis directory ${home}`);
  const adminPassword = options.adminPassword ?? randomBytes(16).toString("hex");
  const port = options.port ?? (await freePort());
  const data = join(home, "data");
  const owner = serverOwner("redis", data, binary.server);
  writeServerFiles(data, options, port, adminPassword);
  if (owner) giveTo(data, owner);
  writeFileSync(logFile, "", { mode: 0o600 });
  const child = await startServer({
    command: binary.server,
    args: [join(data, "redis.conf")],
    logFile,
    pidFile,
    owner,
    cwd: home,
  });
  const connect = () =>
    new Redis({
      host: "localhost",
      port,
      username: adminUser,
      password: adminPassword,
      tls: { ca: options.tls.ca },
      lazyConnect: true,
      retryStrategy: () => null,
    });
  try {
    await ready(child, connect);
  } catch (cause) {
    await child.stop();
    const reset = options.resetCommand ?? `rm -rf '${home}'`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Redis did not start on ${home}: ${reason}.\n  The end of its log (${logFile}):\n${tail(readFileSync(logFile, "utf8"))}\n` +
        `  If its data is broken, this removes it and starts afresh (the data is lost): ${reset}`,
      { cause },
    );
  }
  return {
    host: "localhost",
    port,
    adminUser,
    adminPassword,
    version: binary.version,
    pid: child.pid,
    ended: child.ended,
    setUser: (user) => withConnection(connect, (redis) => setUser(redis, user)),
    stop: () => child.stop(),
    kill: () => child.kill(),
  };
};

/** Configuration, certificates and the users' file, readable by the server alone. */
export const writeServerFiles = (
  data: string,
  options: Omit<RedisOptions, "dir">,
  port: number,
  adminPassword: string,
): void => {
  privateDirectory(data, undefined);
  for (const part of ["ca", "cert", "key"] as const) {
    writeFileSync(join(data, `${part}.pem`), options.tls[part], { mode: 0o600 });
  }
  const users = join(data, "users.acl");
  const hash = createHash("sha256").update(adminPassword).digest("hex");
  const kept = keptUsers(users).filter((line) => !/^user (default|service-admin) /.test(line));
  const admin = [`user default off`, `user ${adminUser} on #${hash} ~* &* +@all`];
  writeFileSync(users, `${[...admin, ...kept].join("\n")}\n`, { mode: 0o600 });
  const settings: Record<string, string> = {
    bind: "127.0.0.1",
    port: "0",
    "tls-port": String(port),
    "tls-ca-cert-file": "ca.pem",
    "tls-cert-file": "cert.pem",
    "tls-key-file": "key.pem",
    "tls-auth-clients": "no",
    "tls-protocols": '"TLSv1.2 TLSv1.3"',
    aclfile: "users.acl",
    save: '""',
    appendonly: options.persistent ? "yes" : "no",
    // ElastiCache's default; a queue's jobs must not be evicted (the stack's parameter group sets it too).
    "maxmemory-policy": "noeviction",
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  // `dir` comes first: the paths after it are read relative to it.
  writeFileSync(join(data, "redis.conf"), [`dir ${JSON.stringify(data)}`, ...lines, ""].join("\n"), {
    mode: 0o600,
  });
};

const keptUsers = (file: string): string[] => {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("user "));
  } catch {
    return [];
  }
};

export const setUser = async (redis: Redis, user: RedisUser): Promise<void> => {
  const rules = [
    "resetpass",
    ...user.passwords.map((password) => `>${password}`),
    "resetkeys",
    "resetchannels",
    "-@all",
  ];
  await redis.acl(
    "SETUSER",
    user.name,
    ...rules,
    ...user.accessString.split(/\s+/).filter((rule) => rule !== ""),
  );
  await redis.acl("SAVE");
};

const withConnection = async (connect: () => Redis, work: (redis: Redis) => Promise<void>): Promise<void> => {
  const redis = connect();
  // Without a listener ioredis prints the error; the rejected call carries it already.
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    await work(redis);
  } finally {
    redis.disconnect();
  }
};

const ready = async (child: ServerProcess, connect: () => Redis): Promise<void> => {
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    try {
      return await withConnection(connect, async (redis) => void (await redis.ping()));
    } catch (error) {
      const end = child.endedAs();
      if (end !== undefined) throw new Error(`it ended while starting (${end})`);
      if (Date.now() > deadline)
        throw new Error(`it did not answer within ${startDeadlineMs / 1000} s`, { cause: error });
      await delay(10);
    }
  }
};
