import { type ChildProcess, execFile } from "node:child_process";

export { which } from "./needs.mjs";

/** What runs ends with this process, however long it would have taken. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** What a finished command left: its exit code (-1: killed or not started) and its output. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. Never throws: callers word the error for the person who reads it. */
export const run = (
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const { cwd, env = process.env, timeoutMs = 0 } = options;
    const done = (error: Error | null, stdout: string, stderr: string) => {
      const code = error && "code" in error && typeof error.code === "number" ? error.code : error ? -1 : 0;
      running.delete(child);
      resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
    };
    const child = execFile(
      command,
      [...args],
      { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
      done,
    );
    running.add(child);
  });

/** Last lines of an output or a log, indented for an error message. */
export const tail = (text: string, lines = 12): string =>
  text
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join("\n");
