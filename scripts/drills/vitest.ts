import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { repositoryRoot } from "../local/servers/paths.ts";

interface VitestRun {
  /** What follows `vitest run`. */
  args: readonly string[];
  /** Called for each test that has ended, with the verbose reporter: its output is not shown then. */
  onTest?(): void;
  /** Variables on top of this process's own. */
  env?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Runs tests in a process of their own. Returns whether they passed. @throws the signal's reason where it broke them off */
export const runVitest = async ({ args, onTest, env = {}, signal }: VitestRun): Promise<boolean> => {
  const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", ...args], {
    cwd: repositoryRoot,
    stdio: onTest === undefined ? "inherit" : ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  // Ctrl-C in a terminal reaches the whole group: the tests have had it already.
  if (!process.stdin.isTTY) signal.addEventListener("abort", () => child.kill("SIGTERM"));
  if (onTest !== undefined && child.stdout !== null)
    createInterface(child.stdout).on("line", (line) => {
      if (/^\s*[✓×↓]/.test(stripVTControlCharacters(line))) onTest();
    });
  const [code] = await once(child, "exit");
  signal.throwIfAborted();
  return code === 0;
};
