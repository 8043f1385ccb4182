import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CommandError } from "../../../cli/errors.ts";

/** A command as typed, and the lines that it printed. */
export interface Recorded {
  command: string;
  lines: { text: string; atMs: number }[];
}

/** A bold line: the first of the sandbox's hints on what to type next. The recording ends before it, and types one of them. */
const hint = "\u001b[1m";

/** Runs the sandbox, and a rotation in it, and says what they printed and when. @throws CommandError when one of them fails */
export async function recordSandbox(): Promise<Recorded[]> {
  const sandbox = start("npm run sandbox");
  try {
    await Promise.race([sandbox.printed(hint), sandbox.ended]);
    const up = sandbox.recorded.lines.findIndex(({ text }) => text.startsWith(hint));
    if (up < 0) throw new CommandError("npm run sandbox did not start.");
    const rotating = start("npm run rotate -- sandbox db-app");
    if ((await rotating.ended) !== 0) throw new CommandError(`${rotating.recorded.command} failed.`);
    return [{ ...sandbox.recorded, lines: sandbox.recorded.lines.slice(0, up) }, rotating.recorded];
  } finally {
    // The group: npm passes no signal on.
    if (sandbox.child.pid !== undefined && sandbox.child.exitCode === null)
      process.kill(-sandbox.child.pid, "SIGINT");
    await sandbox.ended;
  }
}

interface Running {
  child: ChildProcess;
  recorded: Recorded;
  /** Settles when a line begins with this text. */
  printed(text: string): Promise<void>;
  /** Exit code. */
  ended: Promise<number | null>;
}

function start(command: string): Running {
  const [program = "", ...args] = command.replace("npm run", "npm run --silent").split(" ");
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
    env: { ...process.env, FORCE_COLOR: "1" },
  });
  const recorded: Recorded = { command, lines: [] };
  const output = createInterface({ input: child.stdout });
  const began = performance.now();
  output.on("line", (text) => recorded.lines.push({ text, atMs: performance.now() - began }));
  return {
    child,
    recorded,
    printed: (text) =>
      new Promise((resolve) => {
        output.on("line", (line) => {
          if (line.startsWith(text)) resolve();
        });
      }),
    ended: once(child, "close").then(() => child.exitCode),
  };
}
