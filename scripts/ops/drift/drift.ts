import { declare } from "../../cli/declaration.ts";
import { CommandError } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { oneEnvironment } from "../../cli/values.ts";
import { Engine, type EngineSurroundings } from "../pulumi/engine.ts";
import { closeDrift, reportDrift } from "./issue.ts";

export const driftCommand = declare({
  name: "drift",
  summary: "Tells what is different in an environment's account from what the program says. Changes nothing.",
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  flags: {
    issue: { description: "also say it in the repository's open issue on it, by the GitHub CLI (gh)" },
  },
  exits: {
    done: "nothing is",
    failure: "something is, or Pulumi cannot tell",
    missing: "there is no Pulumi CLI, or no GitHub CLI with --issue",
  },
});

/** Looks for drift, and returns the exit code. @throws CommandError */
export async function drift(environment: string, issue: boolean, to: EngineSurroundings): Promise<number> {
  const engine = new Engine(environment, to);
  if (!(await engine.isThere()))
    throw new CommandError("There is no Pulumi CLI on PATH: https://www.pulumi.com/docs/install/", {
      exitCode: exitCodes.missing,
    });
  const found = await engine.drift();
  if (found === undefined) {
    if (issue) await closeDrift(environment, to.env);
    return exitCodes.done;
  }
  if (issue) to.out(`Issue: ${await reportDrift(environment, found, to.env)}\n`);
  return exitCodes.failure;
}
