import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { run, which } from "./run.ts";

/** Who listens on a port. */
export interface PortHolder {
  name: string;
  pid: number;
}

/** Who listens on the port, where this machine lets us see it. */
export const portHolder = async (port: number): Promise<PortHolder | undefined> => {
  if (process.platform === "linux") return linuxHolder(port);
  const lsof = which("lsof");
  if (!lsof) return undefined;
  const { stdout } = await run(lsof, ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { timeoutMs: 5_000 });
  const pid = /^p(\d+)/m.exec(stdout)?.[1];
  return pid ? { name: /^c(.+)$/m.exec(stdout)?.[1] ?? "a process", pid: Number(pid) } : undefined;
};

/** Paths of the unix sockets that a process listens on. Linux only: elsewhere none are known. */
export const listeningPaths = (pid: number): string[] => {
  const own = socketsOf(String(pid));
  return linesOf("/proc/net/unix")
    .filter((fields) => own.has(fields[6] ?? ""))
    .map((fields) => fields.slice(7).join(" "))
    .filter((path) => path !== "");
};

/** The process that started this one. Linux only. */
export const parentOf = (pid: number): number | undefined => {
  const parent = /^PPid:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`))?.[1];
  return parent === undefined ? undefined : Number(parent);
};

/** /proc/net/tcp gives the socket's inode; the process that holds that inode as a file descriptor is the holder. */
const linuxHolder = (port: number): PortHolder | undefined => {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = "0A";
  const inode = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap(linesOf)
    .find((fields) => fields[1]?.endsWith(wanted) && fields[3] === listening)?.[9];
  if (!inode) return undefined;
  const pid = list("/proc").find((entry) => /^\d+$/.test(entry) && socketsOf(entry).has(inode));
  return pid === undefined ? undefined : { name: nameOf(pid), pid: Number(pid) };
};

/** Node calls its main thread, and with it the process, MainThread: then the program's own name says more. */
const nameOf = (pid: string): string => {
  const name = readOr(`/proc/${pid}/comm`).trim();
  return name === "MainThread" ? basename(readOr(`/proc/${pid}/cmdline`).split("\0")[0] ?? name) : name;
};

/** Inodes of the sockets that a process has open. */
const socketsOf = (pid: string): ReadonlySet<string> =>
  new Set(
    list(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );

/** A table of /proc without its heading, in fields. */
const linesOf = (file: string): string[][] =>
  readOr(file)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

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
