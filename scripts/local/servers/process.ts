import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Owner } from "./owner.ts";
import { run, which } from "./run.ts";

/** A running server that this process has started. */
export interface ServerProcess {
  pid: number;
  /** Resolves when the process has ended, with how it ended ("exit code 1", "SIGKILL"). */
  ended: Promise<string>;
  /** How it ended, or undefined while it runs. */
  endedAs(): string | undefined;
  /** Asks it to end (SIGTERM), insists after `patienceMs`; afterwards nothing is left of it. Safe to call twice. */
  stop(patienceMs?: number): Promise<void>;
  /** Ends it at once (SIGKILL), as a crash would. */
  kill(): Promise<void>;
}

export interface ServerCommand {
  command: string;
  args: readonly string[];
  /** File that gets what the server prints. */
  logFile: string;
  /** File that names the server's process and ours, so that a later start can clear away what a crash left. */
  pidFile: string;
  owner?: Owner | undefined;
  cwd?: string;
  /** What it gets when we end without having stopped it. Default SIGTERM. */
  orphaned?: "SIGTERM" | "SIGKILL";
}

const running = new Map<number, NodeJS.Signals>();
process.once("exit", () => {
  for (const [pid, name] of running) signal(pid, name);
});

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal reaches only us and we stop things in order.
 * Where Linux's setpriv is there, the server also ends when we are killed outright.
 */
export const startServer = async (server: ServerCommand): Promise<ServerProcess> => {
  const orphaned = server.orphaned ?? "SIGTERM";
  const [command, ...args] = [...wrapper(server.owner, orphaned), server.command, ...server.args];
  const log = openSync(server.logFile, "a", 0o600);
  const child = spawn(command ?? server.command, args, {
    cwd: server.cwd,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  running.set(pid, orphaned);
  writeFileSync(server.pidFile, `${pid} ${process.pid}\n`);
  let end: string | undefined;
  const ended = once(child, "exit").then(([code, name]: unknown[]) => {
    running.delete(pid);
    rmSync(server.pidFile, { force: true });
    end = name ? String(name) : `exit code ${String(code)}`;
    return end;
  });
  // A server must not keep a finished script alive: its owner calls stop(), or the exit handler above does.
  child.unref();
  const stop = async (patienceMs = 15_000): Promise<void> => {
    if (end !== undefined) return;
    signal(pid, "SIGTERM");
    const patience = new AbortController();
    const insist = delay(patienceMs, undefined, { signal: patience.signal }).then(
      () => signal(pid, "SIGKILL"),
      () => undefined,
    );
    child.ref();
    await ended;
    patience.abort();
    await insist;
  };
  const kill = async (): Promise<void> => {
    if (end === undefined) signal(pid, "SIGKILL");
    child.ref();
    await ended;
  };
  return { pid, ended, endedAs: () => end, stop, kill };
};

/** setpriv changes account and parent-death signal together; the kernel forgets the signal when a server does it itself. */
const wrapper = (owner: Owner | undefined, orphaned: NodeJS.Signals): string[] => {
  const setpriv = process.platform === "linux" ? which("setpriv") : undefined;
  if (!setpriv) return [];
  const account = owner ? [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"] : [];
  return [setpriv, "--pdeathsig", orphaned.replace("SIG", ""), ...account, "--"];
};

/**
 * Clears away the server that a killed run left behind, recognised by its pid file and a word of its command line.
 * Throws when the folder is in use by a run that is still alive.
 */
export const clearStale = async (pidFile: string, commandWord: string, what: string): Promise<void> => {
  const [pid, parent] = pidsIn(pidFile);
  if (!pid || !(await commandLine(pid)).includes(commandWord)) return rmSync(pidFile, { force: true });
  if (parent && parent !== process.pid && signal(parent, 0)) {
    throw new Error(
      `${what} is in use by process ${parent} (its server is process ${pid}): stop that run first.`,
    );
  }
  const deadline = Date.now() + 15_000;
  signal(pid, "SIGTERM");
  while (signal(pid, 0)) {
    if (Date.now() > deadline) signal(pid, "SIGKILL");
    await delay(50);
  }
  rmSync(pidFile, { force: true });
};

const pidsIn = (pidFile: string): number[] => {
  try {
    return readFileSync(pidFile, "utf8")
      .trim()
      .split(" ")
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
};

/** Minimal Linux images have no `ps`, macOS has no /proc. */
const commandLine = async (pid: number): Promise<string> => {
  if (process.platform !== "linux") {
    return (await run("ps", ["-ww", "-o", "command=", "-p", String(pid)], { timeoutMs: 5_000 })).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
};

/** Sends a signal (0: only asks whether the process is there); false when this account has no such process. */
const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
};
