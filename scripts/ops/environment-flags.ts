import type { Flags } from "../cli/declaration.ts";
import { stateDirFlag } from "../local/sandbox/state-dir.ts";

/** Flags of every command that works on an environment, wherever it runs. */
export const environmentFlags = {
  "in-sandbox": {
    description: 'the environment runs in the sandbox of this machine ("sandbox" always does)',
  },
  ...stateDirFlag,
} satisfies Flags;

export const credentialsNote =
  "For an environment in AWS the usual AWS credentials count (AWS_PROFILE, AWS_REGION, …), and its aws:profile and aws:assumeRoles.";
