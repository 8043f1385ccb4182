import { createServer } from "node:net";
import { portHolder } from "./port-holder.ts";

/** A TCP port of 127.0.0.1 that is free at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });

/** Whether a process listens on the port already (tried by binding it, which never disturbs that process). */
export const portTaken = (port: number, host = "127.0.0.1"): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen(port, host, () => server.close(() => resolve(false)));
  });

/**
 * Refuses early and by name when a port that was asked for is taken.
 * @param what what wanted it, as in "MySQL"; @param fix how to choose another, as in "set BULWARK_MYSQL_PORT"
 */
export const requirePort = async (port: number, what: string, fix: string): Promise<void> => {
  if (!(await portTaken(port))) return;
  const holder = await portHolder(port);
  const by = holder ? ` by ${holder.name} (process ${holder.pid})` : "";
  throw new Error(`Port ${port} (${what}) is taken${by}: stop it, or ${fix}.`);
};
