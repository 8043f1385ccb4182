/**
 * `npm run e2e -- [staging|production]`: an environment's whole life by the Pulumi engine, against an AWS and a Kubernetes on this
 * machine (docs/engine-test.md).
 */
import * as z from "zod";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { CommandError } from "./cli/errors.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { runVitest } from "./drills/vitest.ts";
import { which } from "./local/servers/run.ts";

const environments = ["staging", "production"] as const;
const oneOfThem = `Name one environment: ${environments.join(" or ")}`;

const command = declare({
  name: "e2e",
  summary:
    "Takes an environment through its whole life with the Pulumi engine, from the first preview to the teardown, against an AWS and a Kubernetes on this machine (docs/engine-test.md).",
  forms: { "": "staging", "[staging|production]": "" },
  arguments: z.tuple([z.enum(environments, oneOfThem).default("staging")], oneOfThem),
  flags: {},
  notes: "It needs pulumi on PATH, Go and Python. The Kubernetes programs are compiled the first time.",
  exits: {
    done: "every step passed",
    failure: "one did not",
    refused: "another environment, or a wrong command line",
    missing: "no pulumi on PATH",
  },
  stopped: "",
});

await runCommand(command, async ({ arguments: [stack] }, { signal }) => {
  if (which("pulumi") === undefined) {
    throw new CommandError(
      "pulumi is not on PATH: https://www.pulumi.com/docs/install/ (npm test needs none)",
      { exitCode: exitCodes.missing },
    );
  }
  const passed = await runVitest({
    args: ["--project", "engine", "--bail", "1", "--reporter", "verbose"],
    env: { ENGINE_TEST_STACK: stack },
    signal,
  });
  return passed ? exitCodes.done : exitCodes.failure;
});
