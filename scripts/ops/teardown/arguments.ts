import { declare, type Given } from "../../cli/declaration.ts";
import { oneEnvironment, text } from "../../cli/values.ts";
import { inWords } from "./explain.ts";

export interface Arguments {
  environment: string;
  dryRun: boolean;
  /** The environment's name, typed in full on the command line instead of at the prompt. */
  confirmed: string | undefined;
  keepSnapshots: boolean;
  /** Do nothing as long as the environment's time to live lasts. */
  ifExpired: boolean;
}

export const teardownCommand = declare({
  name: "teardown",
  summary:
    "Deletes an environment from AWS, sweeps up what AWS leaves behind, and checks that nothing is left.",
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  flags: {
    "dry-run": { description: "show what would go and which data would be lost; change nothing" },
    "yes-delete": {
      placeholder: "NAME",
      value: text,
      description: "do not ask (for CI): NAME is the environment's name, once more",
    },
    "keep-snapshots": {
      description: "keep snapshots that were taken by hand (default: keep only with database.finalSnapshot)",
    },
    "if-expired": {
      description:
        "only when its time to live (schedule.expires) is over; else do nothing (for a nightly job)",
    },
  },
  conflict: ({ flags: { "yes-delete": confirmed }, arguments: [environment] }) =>
    confirmed === undefined || confirmed === environment
      ? undefined
      : `--yes-delete says "${confirmed}", but the environment is "${environment}"`,
  notes:
    "Each step looks for itself what is left to do: after an interruption, type the same command again.\n" +
    "It needs the Pulumi CLI logged in to the environment's backend, and AWS credentials (AWS_PROFILE, …).",
  exits: {
    done: "nothing is left",
    failure: "something is left or failed",
    refused:
      "refused before anything was touched (protected, not confirmed, another account, wrong command line)",
    missing: "no Pulumi CLI",
  },
  stopped: "What is deleted stays deleted; the same command goes on from there.",
  explain: inWords,
});

/** What a command line asks for. */
export function teardownArgumentsOf({
  flags,
  arguments: [environment],
}: Given<typeof teardownCommand.flags, [string]>): Arguments {
  return {
    environment,
    dryRun: flags["dry-run"],
    confirmed: flags["yes-delete"],
    keepSnapshots: flags["keep-snapshots"],
    ifExpired: flags["if-expired"],
  };
}
