import { z } from "zod";
import {
  rotatedPurposes,
  type SecretPurpose,
  secretOf,
  secretPurposes,
} from "../../../app/contract/secrets.ts";
import { declare, type Given } from "../../cli/declaration.ts";
import { wrongUsage } from "../../cli/flags.ts";
import { positiveNumber } from "../../cli/values.ts";
import { stateDirOf } from "../../local/sandbox/state-dir.ts";
import { credentialsNote, environmentFlags } from "../environment-flags.ts";

export interface RotateOptions {
  environment: string;
  /** In the order of rotation; empty for a repair. */
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

export const rotateCommand = declare({
  name: "rotate",
  summary: "Rotates secrets of an environment now, one after the other, and waits until each is done.",
  forms: {
    "ENVIRONMENT PURPOSE…": `PURPOSE: ${rotatedPurposes.join(", ")}`,
    "ENVIRONMENT --all": "all of them",
    "ENVIRONMENT --repair":
      "rotates nothing: makes users, rights and passwords what the secrets say, and signs in with each",
  },
  arguments: z.tuple([z.string("Name an environment")]).rest(z.string()),
  flags: {
    all: { description: "rotate every secret" },
    repair: { description: "for a password that was changed behind the stack's back" },
    timeout: {
      placeholder: "SECONDS",
      value: positiveNumber,
      default: "300",
      description: "longest wait for one secret",
    },
    ...environmentFlags,
  },
  notes: credentialsNote,
  exits: {
    done: "all rotated or repaired",
    failure: "one was not",
    missing: "the sandbox does not run",
    stopped: "stopped by Ctrl-C: a rotation that has begun goes on without this command",
  },
});

/** What a command line asks for. @throws CommandError (exit code 2) */
export const rotateOptionsOf = (
  { flags, arguments: [environment, ...named] }: Given<typeof rotateCommand.flags, [string, ...string[]]>,
  env: NodeJS.ProcessEnv = process.env,
): RotateOptions => {
  const ways = [named.length > 0, flags.all, flags.repair].filter(Boolean).length;
  if (ways > 1) throw wrongUsage(rotateCommand, "Either name secrets, or --all, or --repair");
  if (ways === 0) throw wrongUsage(rotateCommand, "Name at least one secret, or --all, or --repair");
  return {
    environment,
    purposes: flags.all ? rotatedPurposes : [...new Set(named.map(purposeOf))],
    repair: flags.repair,
    local: environment === "sandbox" || flags["in-sandbox"],
    stateDir: stateDirOf(flags["state-dir"], env),
    timeoutSeconds: flags.timeout,
  };
};

const purposeOf = (name: string): SecretPurpose => {
  const purpose = secretPurposes.find((known) => known === name);
  if (!purpose) throw wrongUsage(rotateCommand, `There is no secret "${name}"`);
  const { rotation } = secretOf(purpose);
  if (rotation.strategy !== "none") return purpose;
  throw wrongUsage(
    rotateCommand,
    `"${name}" is not rotated by the stack: ${rotation.instead}, and put the value in with \`aws secretsmanager put-secret-value\``,
  );
};
