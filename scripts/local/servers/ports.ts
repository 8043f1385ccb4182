import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { basename } from "node:path";
import { run, which } from "./run.ts";

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

/** Whether somebody listens on the port already (tried by binding it, so it never disturbs the one who does). */
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
  throw new Error(`Port ${port} (${what}) is taken${holder ? ` by ${holder}` : ""}: stop it, or ${fix}.`);
};

/** Who listens on the port, as "mysqld (process 812)", where this machine lets us see it. */
const portHolder = async (port: number): Promise<string | undefined> => {
  if (process.platform === "linux") return linuxHolder(port);
  const lsof = which("lsof");
  if (!lsof) return undefined;
  const { stdout } = await run(lsof, ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { timeoutMs: 5_000 });
  const pid = /^p(\d+)/m.exec(stdout)?.[1];
  return pid ? `${/^c(.+)$/m.exec(stdout)?.[1] ?? "a process"} (process ${pid})` : undefined;
};

/** /proc/net/tcp gives the socket's inode; the process that holds that inode as a file descriptor is the holder. */
const linuxHolder = (port: number): string | undefined => {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = "0A";
  const inode = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((file) => readOr(file).split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1]?.endsWith(wanted) && fields[3] === listening)?.[9];
  if (!inode) return undefined;
  const pid = list("/proc").find((entry) => /^\d+$/.test(entry) && holds(entry, `socket:[${inode}]`));
  return pid ? `${nameOf(pid)} (process ${pid})` : undefined;
};

/** Node calls its main thread, and with it the process, MainThread: then the program's own name says more. */
const nameOf = (pid: string): string => {
  const name = readOr(`/proc/${pid}/comm`).trim();
  return name === "MainThread" ? basename(readOr(`/proc/${pid}/cmdline`).split("\0")[0] ?? name) : name;
};

const holds = (pid: string, target: string): boolean =>
  list(`/proc/${pid}/fd`).some((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === target;
    } catch {
      return false;
    }
  });

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const readOr = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};
