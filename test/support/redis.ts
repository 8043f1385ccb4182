import { type RedisOptions as ClientOptions, Redis } from "ioredis";
import { afterAll, inject } from "vitest";
import { applicationAccess } from "../../app/contract/cache-access.ts";
import { cacheUser } from "../../app/contract/database-users.ts";
import {
  type RedisServer,
  type RedisUser,
  startRedis,
  temporaryFolder,
} from "../../scripts/local/servers/index.ts";

/** A real Redis for one test file: TLS only, default user off, as the stack's. */
export interface TestRedis {
  host: string;
  port: number;
  /** PEM text to verify the server with. */
  ca: string;
  /** The same as a file, for NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** The API's user, with exactly the rights that the stack gives it. */
  user: { username: string; password: string };
  /** Who may do everything, as the service itself has. */
  admin: { username: string; password: string };
  /** Makes or changes a user, as ElastiCache would. */
  setUser(user: RedisUser): Promise<void>;
  /** A client over verified TLS, signed in as `user`, closed after the file. */
  connect(options?: ClientOptions): Redis;
  /** The server itself, to stop or crash it. */
  server: RedisServer;
}

/** A Redis server of this file's own (50 ms). Call it at the top of a file: `const cache = await withRedis();`. */
export const withRedis = async (settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> => {
  const { ca, cert, key, caFile } = inject("servers");
  const folder = temporaryFolder("redis");
  const server = await startRedis({ dir: `${folder.path}/redis`, tls: { ca, cert, key }, settings });
  const user = { username: cacheUser, password: "test-password-of-the-api" };
  const admin = { username: server.adminUser, password: server.adminPassword };
  await server.setUser({
    name: user.username,
    passwords: [user.password],
    accessString: applicationAccess,
  });
  const clients: Redis[] = [];
  const { host, port } = server;
  const connect = (options: ClientOptions = {}): Redis => {
    // INFO, to see whether it is ready, and CLIENT, to say who we are, are more than the API's user may do.
    const plain = { enableReadyCheck: false, disableClientInfo: true };
    const client = new Redis({ host, port, ...user, tls: { ca }, ...plain, ...options });
    // Without a listener ioredis prints every lost connection; tests that care listen themselves.
    client.on("error", () => undefined);
    clients.push(client);
    return client;
  };
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.kill();
    folder.remove();
  });
  return { host, port, ca, caFile, user, admin, setUser: server.setUser, connect, server };
};
