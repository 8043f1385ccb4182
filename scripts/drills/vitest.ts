import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "../local/servers/paths.ts";

interface VitestRun {
  /** What follows `vitest run`. */
  args: readonly string[];
  /** `quiet`: only what goes wrong is shown. */
  output: "shown" | "quiet";
  /** Variables on top of this process's own. */
  env?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Runs tests in a process of their own. Returns whether they passed. @throws the signal's reason where it broke them off */
export const runVitest = async ({ args, output, env = {}, signal }: VitestRun): Promise<boolean> => {
  const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", ...args], {
    cwd: repositoryRoot,
    stdio: output === "shown" ? "inherit" : ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env },
  });
  // Ctrl-C in a terminal reaches the whole group: the tests have had it already.
  if (!process.stdin.isTTY) signal.addEventListener("abort", () => child.kill("SIGTERM"));
  const [code] = await once(child, "exit");
  signal.throwIfAborted();
  return code === 0;
};
