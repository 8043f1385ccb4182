import { afterAll, inject } from "vitest";
import { applicationAccess } from "../../../app/contract/cache-access.ts";
import { freePort, startMysql, startRedis, temporaryFolder } from "../../../scripts/local/servers/index.ts";

/** A server that goes away and comes back on the same port with the same data. */
export interface Restartable {
  port: number;
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

const restartable = async (
  name: string,
  start: (dir: string, port: number) => Promise<{ stop(): Promise<void>; kill(): Promise<void> }>,
): Promise<Restartable> => {
  const folder = temporaryFolder(name);
  const port = await freePort();
  const dir = `${folder.path}/${name}`;
  let server = await start(dir, port);
  afterAll(async () => {
    await server.kill();
    folder.remove();
  });
  return {
    port,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: async () => {
      server = await start(dir, port);
    },
  };
};

const tls = () => {
  const { ca, cert, key } = inject("servers");
  return { ca, cert, key };
};

/** Redis with one user, who may do what the API's may. */
export const restartableRedis = (user: { username: string; password: string }): Promise<Restartable> =>
  restartable("restartable-redis", async (dir, port) => {
    const server = await startRedis({ dir, port, tls: tls() });
    const { username: name, password } = user;
    await server.setUser({ name, passwords: [password], accessString: applicationAccess });
    return server;
  });

/** MySQL with one user, its master. */
export const restartableMysql = (adminUser: string, adminPassword: string): Promise<Restartable> =>
  restartable("restartable-mysql", (dataDir, port) =>
    startMysql({ dataDir, port, tls: tls(), adminUser, adminPassword }),
  );
