import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Ask } from "../../cli/ask.ts";
import { CommandError, refusal } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { type Console, progress } from "../../cli/progress.ts";
import { giveOrder, type Order } from "./control.ts";
import { type SandboxHome, sandboxHome } from "./home.ts";
import { endLeftovers, leaveFolder, lockHolder } from "./lock.ts";
import { resetCommand, type SandboxOptions } from "./options.ts";
import { stillRuns } from "./process-identity.ts";
import { readState } from "./state.ts";

/** Of the options, what these commands need. */
type Folder = Pick<SandboxOptions, "stateDir">;

/** Longest that a stop in order may take before `--down` says that it does. */
const stopDeadlineMs = 120_000;

/** Orders that are answered at once. */
const quick: readonly Order["command"][] = ["status", "replicas"];
const nameOf = (given: Order): string => ("pod" in given ? `${given.command} ${given.pod}` : given.command);

/** Carries out an order to the running sandbox. @throws CommandError (exit code 3) when none runs */
export const order = async (options: Folder, given: Order, console: Console): Promise<number> => {
  const home = sandboxHome(options.stateDir);
  const holder = lockHolder(home);
  if (!holder) throw notRunning(home);
  try {
    const carryOut = () => giveOrder(home.controlSocket, given, (line) => console.print(line));
    await (quick.includes(given.command) ? carryOut() : progress.step(nameOf(given), carryOut));
  } catch (error) {
    if (!(error instanceof CommandError && error.exitCode === exitCodes.missing)) throw error;
    throw new CommandError(
      `The sandbox (process ${holder.pid}) is still being started: try again in a moment.`,
    );
  }
  return 0;
};

/** Stops the sandbox of this folder, or clears away what one that was killed outright has left. */
export const down = async (options: Folder, console: Console): Promise<number> => {
  const home = sandboxHome(options.stateDir);
  const holder = lockHolder(home);
  if (holder) {
    // By signal: the sandbox also handles it during its start, before it accepts orders.
    process.kill(holder.pid, "SIGTERM");
    const deadline = Date.now() + stopDeadlineMs;
    await progress.step("stopping the sandbox", async () => {
      while (stillRuns(holder)) {
        if (Date.now() > deadline)
          throw new CommandError(`process ${holder.pid} has not stopped after 2 minutes`);
        await delay(50);
      }
    });
    console.print("The sandbox has stopped; nothing of it is left running. Its data and secrets stay.");
    return 0;
  }
  const left = await endLeftovers(readState(home.stateFile, resetCommand(options)).processes);
  if (existsSync(home.dir)) leaveFolder(home);
  console.print(
    left.length > 0
      ? `No sandbox ran in ${home.dir}; ended what a killed one had left: ${left.join(", ")}.`
      : `No sandbox runs in ${home.dir}, and nothing of one is left.`,
  );
  return 0;
};

/** Deletes data, secrets and logs, after asking. */
export const reset = async (options: Folder, yes: boolean, console: Console, ask?: Ask): Promise<number> => {
  const home = sandboxHome(options.stateDir);
  const holder = lockHolder(home);
  if (holder) {
    throw new CommandError(
      `The sandbox (process ${holder.pid}) is running: stop it first (Ctrl-C, or npm run sandbox -- --down).`,
      { exitCode: exitCodes.alreadyRunning },
    );
  }
  if (!existsSync(home.dir)) {
    console.print(`There is nothing in ${home.dir} to delete.`);
    return 0;
  }
  if (!yes && !(await confirmed(home, ask))) {
    console.print("Nothing was deleted.");
    return 0;
  }
  // Only what is the sandbox's own: --state-dir may name a folder with other things in it.
  const { dir, ...own } = home;
  for (const path of [...Object.values(own), `${home.logs}.previous`])
    rmSync(path, { recursive: true, force: true });
  if (readdirSync(dir).length === 0) rmdirSync(dir);
  console.print(`Deleted the sandbox's data, secrets and logs in ${dir}.`);
  return 0;
};

const confirmed = async ({ dir }: SandboxHome, ask: Ask | undefined): Promise<boolean> => {
  if (ask === undefined) throw refusal("Deleting needs a yes: add --yes.");
  const answer = await ask(`Delete the database, the cache and all secrets in ${dir}? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
};

const notRunning = ({ dir }: SandboxHome): CommandError =>
  new CommandError(`No sandbox runs in ${dir}. Start it: npm run sandbox`, {
    exitCode: exitCodes.missing,
  });
