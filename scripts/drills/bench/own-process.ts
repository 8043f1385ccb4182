/** A measured piece of work in a process of its own: `node own-process.ts PHASE`, its task on stdin, its figures on stdout. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { CommandError } from "../../cli/errors.ts";
import { isPhase, type Phase, phases, type Task } from "./phases.ts";

export interface Measured {
  seconds: number;
  peakBytes: number;
}

/** Does a phase's work in a process of its own, and says how long it took and how much memory it took at most. */
export const inOwnProcess = async (phase: Phase, task: Task): Promise<Measured> => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), phase], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Ctrl-C, or an error, ends the bench: nothing it started may go on.
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  // Not an argument: it holds passwords.
  child.stdin.end(JSON.stringify(task));
  const answer = await text(child.stdout);
  process.off("exit", end);
  if (answer === "") throw new CommandError(`The phase "${phase}" of the bench failed.`);
  return JSON.parse(answer);
};

/** Of this process alone: getrusage() would count what the parent had when it was forked. */
const peakBytes = (): number => {
  const status = "/proc/self/status";
  const [, kib] = (existsSync(status) && /VmHWM:\s*(\d+) kB/.exec(readFileSync(status, "utf8"))) || [];
  return (kib === undefined ? process.resourceUsage().maxRSS : Number(kib)) * 1024;
};

const work = async (phase: Phase): Promise<Measured> => {
  const task: Task = JSON.parse(await text(process.stdin));
  const began = performance.now();
  await phases[phase](task);
  return { seconds: (performance.now() - began) / 1000, peakBytes: peakBytes() };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const phase = process.argv[2] ?? "";
  if (!isPhase(phase)) throw new Error(`There is no phase "${phase}".`);
  console.log(JSON.stringify(await work(phase)));
}
