import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../../cli/errors.ts";
import { which } from "../servers/run.ts";
import { startedAt } from "./process-identity.ts";
import type { ProcessRecord } from "./state.ts";

export interface ProcessSpec {
  /** Unique among those that run: `api-1`, `rotate-mysql`. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment: none of this process's own is passed on. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** File that gets what it prints, appended. */
  logFile: string;
  /** Opens a message channel to a Node process (`process.send`). */
  channel?: boolean;
}

/** How a process ended: one of the two is null. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export const endingText = ({ code, signal }: Ending): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}`;

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** The message channel, where one was asked for. */
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  ending(): Ending | undefined;
  /** Does nothing once it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when it has not ended after `patienceMs`. */
  stop(patienceMs: number): Promise<Ending>;
}

/**
 * Every process of this sandbox. What starts is reported at once, so that it is on record before anything can crash.
 */
export class Processes {
  readonly #running = new Map<number, { name: string; started?: string; kill: () => void }>();
  #closed = false;
  readonly #record: (processes: ProcessRecord[]) => void;

  /** @param record gets the list each time it changes */
  constructor(record: (processes: ProcessRecord[]) => void) {
    this.#record = record;
  }

  list(): ProcessRecord[] {
    return [...this.#running].map(([pid, { name, started }]) => ({ name, pid, started }));
  }

  /** Starts a process in a session of its own: Ctrl-C in the terminal reaches only the sandbox, which stops things in order. */
  async start(spec: ProcessSpec): Promise<RunningProcess> {
    if (this.#closed) throw new CommandError(`${spec.name} is not started: the sandbox is stopping`);
    const log = openSync(spec.logFile, "a", 0o600);
    const child = spawnIsolated(spec, log);
    closeSync(log);
    const ended = Promise.withResolvers<Ending>();
    let ending: Ending | undefined;
    child.once("exit", (code, signal) => {
      ending = { code, signal };
      this.forget(child.pid ?? 0);
      ended.resolve(ending);
    });
    await spawned(child, spec);
    const pid = child.pid ?? 0;
    const kill = (signal: NodeJS.Signals): void => {
      if (ending === undefined) child.kill(signal);
    };
    if (ending === undefined) this.adopt(spec.name, pid, () => kill("SIGKILL"));
    return {
      name: spec.name,
      pid,
      logFile: spec.logFile,
      child,
      ended: ended.promise,
      ending: () => ending,
      kill,
      stop: (patienceMs) => stopWithin(kill, ended.promise, patienceMs),
    };
  }

  /** Lists a process that something else starts and stops. */
  adopt(name: string, pid: number, kill: () => void): void {
    this.#running.set(pid, { name, started: startedAt(pid), kill });
    this.#record(this.list());
  }

  /** Takes an adopted process that has ended off the list. */
  forget(pid: number): void {
    if (this.#running.delete(pid)) this.#record(this.list());
  }

  /** From now on nothing is started. */
  close(): void {
    this.#closed = true;
  }

  /** Ends everything at once: the last resort. */
  killAll(): void {
    for (const { kill } of this.#running.values()) kill();
  }
}

/** On Linux the process also ends when the sandbox is killed outright. Elsewhere `--down` and the next start find it. */
const spawnIsolated = (spec: ProcessSpec, log: number): ChildProcess => {
  const setpriv = process.platform === "linux" ? which("setpriv") : undefined;
  const [command = spec.command, ...args] = setpriv
    ? [setpriv, "--pdeathsig", "KILL", "--", spec.command, ...spec.args]
    : [spec.command, ...spec.args];
  return spawn(command, args, {
    cwd: spec.cwd,
    env: { ...spec.env },
    detached: true,
    stdio: spec.channel ? ["ignore", log, log, "ipc"] : ["ignore", log, log],
  });
};

const spawned = (child: ChildProcess, spec: ProcessSpec): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) =>
      reject(new CommandError(`${spec.name}: "${spec.command}" could not be started`, { cause })),
    );
  });

const stopWithin = async (
  kill: (signal: NodeJS.Signals) => void,
  ended: Promise<Ending>,
  patienceMs: number,
): Promise<Ending> => {
  const patience = new AbortController();
  kill("SIGTERM");
  delay(patienceMs, undefined, { signal: patience.signal }).then(
    () => kill("SIGKILL"),
    () => undefined,
  );
  const ending = await ended;
  patience.abort();
  return ending;
};
