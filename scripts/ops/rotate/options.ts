import { parseArgs } from "node:util";
import {
  rotatedPurposes,
  type SecretPurpose,
  secretOf,
  secretPurposes,
} from "../../../app/contract/secrets.ts";
import { type CommandError, messageOf, refusal } from "../../cli/errors.ts";
import { stateDirOf } from "../../local/sandbox/options.ts";

export interface RotateOptions {
  environment: string;
  /** In the order in which they are rotated; none: repair. */
  purposes: readonly SecretPurpose[];
  /** Whether to make users, rights and passwords what the secrets say, instead of rotating. */
  repair: boolean;
  /** Whether the environment runs in the sandbox of this machine instead of in AWS. */
  local: boolean;
  /** Folder of the sandbox. */
  stateDir: string;
  /** Longest wait for one secret, seconds. */
  timeoutSeconds: number;
}

const standardTimeoutSeconds = 300;

export const usage = `Rotates secrets of an environment now, one after the other, and waits until each is done.

  npm run rotate -- ENVIRONMENT PURPOSE…      PURPOSE: ${rotatedPurposes.join(", ")}
  npm run rotate -- ENVIRONMENT --all         all of them
  npm run rotate -- ENVIRONMENT --repair      rotates nothing: makes users, rights and passwords what the secrets say, and
                                              signs in with each (for a password changed behind the stack's back)

  --timeout SECONDS    longest wait for one secret (default ${standardTimeoutSeconds})
  --in-sandbox         the environment runs in the sandbox of this machine ("sandbox" always does)
  --state-dir DIR      the sandbox's folder (default .sandbox, or SANDBOX_STATE_DIR)

For an environment in AWS the usual AWS credentials count (AWS_PROFILE, AWS_REGION, …).
Exit codes: 0 all rotated or repaired, 1 one was not, 2 wrong command line, 3 the sandbox does not run.`;

/** Reads the command line. @throws CommandError (exit code 2); undefined: help was asked for */
export const readOptions = (args: readonly string[], env: NodeJS.ProcessEnv): RotateOptions | undefined => {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [environment, ...named] = positionals;
  if (environment === undefined) throw wrong("name an environment");
  const ways = [named.length > 0, values.all, values.repair].filter(Boolean).length;
  if (ways > 1) throw wrong("either name secrets, or --all, or --repair");
  if (ways === 0) throw wrong("name at least one secret, or --all, or --repair");
  const timeoutSeconds = Number(values.timeout ?? standardTimeoutSeconds);
  if (!(timeoutSeconds > 0)) throw wrong(`--timeout must be a number of seconds, not "${values.timeout}"`);
  return {
    environment,
    purposes: values.all ? rotatedPurposes : [...new Set(named.map(purposeOf))],
    repair: values.repair === true,
    local: environment === "sandbox" || values["in-sandbox"] === true,
    stateDir: stateDirOf(values["state-dir"], env),
    timeoutSeconds,
  };
};

const purposeOf = (name: string): SecretPurpose => {
  const purpose = secretPurposes.find((known) => known === name);
  if (!purpose) throw wrong(`there is no secret "${name}"`);
  const { rotation } = secretOf(purpose);
  if (rotation.strategy !== "none") return purpose;
  throw wrong(
    `"${name}" is not rotated by the stack: ${rotation.instead}, and put the value in with \`aws secretsmanager put-secret-value\``,
  );
};

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: "boolean" },
        repair: { type: "boolean" },
        timeout: { type: "string" },
        "in-sandbox": { type: "boolean" },
        "state-dir": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw wrong(messageOf(error));
  }
};

const wrong = (what: string): CommandError => refusal(`${what}.\n\n${usage}`);
