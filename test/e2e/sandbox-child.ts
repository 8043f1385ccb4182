import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { repositoryRoot } from "../../scripts/local/servers/index.ts";
import { eventually } from "../support/eventually.ts";

const startDeadlineMs = 170_000;

const stateSchema = z.object({
  running: z
    .object({
      urls: z.object({ https: z.string(), http: z.string(), aws: z.string() }),
      caFile: z.string(),
      access: z.object({ email: z.string(), password: z.string(), apiKey: z.string() }),
    })
    .optional(),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })),
});

/** What a finished command left. */
export interface Finished {
  code: number | null;
  output: string;
}

/** Runs one of the scripts that a person types, to its end. */
export const runScript = async (script: string, ...args: string[]): Promise<Finished> => {
  const child = start(script, args);
  const output = collect(child);
  await once(child, "exit");
  return { code: child.exitCode, output: output() };
};

/** A sandbox as a person starts it, in a process of its own. */
export class SandboxChild {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly #stateDir: string;

  constructor(stateDir: string, ...args: string[]) {
    this.#stateDir = stateDir;
    this.process = start("sandbox.ts", ["--state-dir", stateDir, "--free-ports", ...args]);
    this.output = collect(this.process);
  }

  /** Resolves when it says that it is up. @throws with its output when it ends before */
  async up(): Promise<void> {
    await eventually(() => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) return;
      expect(this.output()).toContain("Up in ");
    }, startDeadlineMs);
    if (!this.output().includes("Up in ")) throw new Error(`the sandbox ended:\n${this.output()}`);
  }

  /** Its state file. */
  get state(): z.infer<typeof stateSchema> {
    return stateSchema.parse(JSON.parse(readFileSync(join(this.#stateDir, "state.json"), "utf8")));
  }

  get running() {
    const { running } = this.state;
    if (!running) throw new Error("the sandbox's state says that it does not run");
    return { ...running, ca: readFileSync(running.caFile, "utf8") };
  }

  processId(name: string): number {
    const found = this.state.processes.find((one) => one.name === name);
    if (!found) throw new Error(`no process "${name}" is recorded`);
    return found.pid;
  }

  /** Every process of it: those on record and itself. */
  processIds(): number[] {
    return [...this.state.processes.map(({ pid }) => pid), this.process.pid ?? 0];
  }

  async signal(name: NodeJS.Signals): Promise<Finished> {
    const ended = once(this.process, "exit");
    this.process.kill(name);
    await ended;
    return { code: this.process.exitCode, output: this.output() };
  }
}

/** Whether a process is there (one that ended and waits for its parent to look is not). */
export const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

const start = (script: string, args: string[]): ChildProcess =>
  spawn(process.execPath, [join(repositoryRoot, "scripts", script), ...args], {
    cwd: repositoryRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    },
  });

const collect = (child: ChildProcess): (() => string) => {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
};
