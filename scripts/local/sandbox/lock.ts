import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError, codeOf } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { SandboxHome } from "./home.ts";
import { startedAt, stillRuns } from "./process-identity.ts";
import type { ProcessRecord } from "./state.ts";

/** The process of the sandbox that runs in this folder, if one does. */
export const lockHolder = (home: SandboxHome): ProcessRecord | undefined => {
  try {
    const [pid, started] = readFileSync(home.lockFile, "utf8").trim().split(" ");
    const holder = { name: "sandbox", pid: Number(pid), started };
    return stillRuns(holder) ? holder : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
};

/** Takes the folder for this process. @throws CommandError (exit code 4) when a sandbox runs in it */
export const takeFolder = (home: SandboxHome): void => {
  mkdirSync(home.dir, { recursive: true });
  const line = `${process.pid} ${startedAt(process.pid) ?? ""}\n`;
  // Twice: a file that a crashed sandbox left is taken away, and then another start may have been quicker.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(home.lockFile, line, { flag: "wx", mode: 0o600 });
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const holder = lockHolder(home);
      if (holder) throw alreadyRunning(home, holder);
      rmSync(home.lockFile, { force: true });
    }
  }
  throw new CommandError(`another sandbox is being started in ${home.dir}`, {
    exitCode: exitCodes.alreadyRunning,
  });
};

export const leaveFolder = (home: SandboxHome): void => {
  rmSync(home.lockFile, { force: true });
  rmSync(home.controlSocket, { force: true });
};

const alreadyRunning = (home: SandboxHome, { pid }: ProcessRecord): CommandError =>
  new CommandError(
    `A sandbox runs in ${home.dir} already (process ${pid}).\n` +
      "  What runs where: npm run sandbox -- --status\n" +
      "  Stop it:         npm run sandbox -- --down\n" +
      "  A second one:    npm run sandbox -- --state-dir .sandbox-2 --free-ports",
    { exitCode: exitCodes.alreadyRunning },
  );

/**
 * Ends the processes that a sandbox left when it was killed outright: SIGTERM, SIGKILL after `patienceMs`.
 * Only those that are still the recorded ones. Returns their names.
 */
export const endLeftovers = async (
  processes: readonly ProcessRecord[],
  patienceMs = 10_000,
): Promise<string[]> => {
  const left = processes.filter(stillRuns);
  for (const { pid } of left) signal(pid, "SIGTERM");
  const deadline = Date.now() + patienceMs;
  while (left.some(stillRuns)) {
    if (Date.now() > deadline) for (const record of left.filter(stillRuns)) signal(record.pid, "SIGKILL");
    await delay(50);
  }
  return left.map(({ name }) => name);
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
};
