import { wrongUsage } from "../../cli/errors.ts";
import { parseFlags } from "../database/options.ts";

export interface Arguments {
  environment: string;
  dryRun: boolean;
  /** The environment's name, typed in full on the command line instead of at the prompt. */
  confirmed: string | undefined;
  keepSnapshots: boolean;
  /** Do nothing as long as the environment's time to live lasts. */
  ifExpired: boolean;
}

export const usage = `Deletes an environment from AWS, sweeps up what AWS leaves behind, and checks that nothing is left.

  npm run teardown -- ENVIRONMENT [options]

  --dry-run            show what would go and which data would be lost; change nothing
  --yes-delete NAME    do not ask (for CI): NAME is the environment's name, once more
  --keep-snapshots     keep snapshots that somebody took by hand (default: keep only with database.finalSnapshot)
  --if-expired         only when its time to live (schedule.expires) is over; else do nothing (for a nightly job)
  --help               this text

Each step looks for itself what is left to do: after an interruption, type the same command again.
It needs the Pulumi CLI logged in to the environment's backend, and AWS credentials (AWS_PROFILE, …).

Exit codes: 0 nothing is left; 1 something is left or failed; 2 refused before anything was touched (protected,
not confirmed, another account, wrong command line); 3 no Pulumi CLI; 130 stopped by Ctrl-C.`;

const flags = {
  "dry-run": { type: "boolean", default: false },
  "yes-delete": { type: "string" },
  "keep-snapshots": { type: "boolean", default: false },
  "if-expired": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** @throws CommandError (exit code 2); returns undefined when help was asked for. */
export function parseArguments(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseFlags(argv, flags, usage);
  if (values.help) return undefined;
  const [environment, ...more] = positionals;
  if (environment === undefined || more.length > 0) throw wrongUsage("name one environment", usage);
  const confirmed = values["yes-delete"];
  if (confirmed !== undefined && confirmed !== environment) {
    throw wrongUsage(`--yes-delete says "${confirmed}", but the environment is "${environment}"`, usage);
  }
  return {
    environment,
    dryRun: values["dry-run"],
    confirmed,
    keepSnapshots: values["keep-snapshots"],
    ifExpired: values["if-expired"],
  };
}
