import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

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
      resolve({ code, stdout, stderr: stderr || (error?.message ?? "") });
    };
    execFile(command, [...args], { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }, done);
  });

/** The first executable of that name on PATH (and in the places where Debian keeps daemons), if any. */
export const which = (name: string): string | undefined => {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** Last lines of an output or a log, indented for an error message. */
export const tail = (text: string, lines = 12): string =>
  text
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join("\n");
