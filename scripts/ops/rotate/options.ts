import * as z from "zod";
import {
  rotatedPurposes,
  type SecretPurpose,
  secretOf,
  secretPurposes,
} from "../../../app/contract/secrets.ts";
import { declare, type Given } from "../../cli/declaration.ts";
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
      value: positiveNumber(86_400),
      default: "300",
      description: "longest wait for one secret",
    },
    ...environmentFlags,
  },
  conflict: ({ flags: { all, repair }, arguments: [, ...named] }) => {
    const ways = [named.length > 0, all, repair].filter(Boolean).length;
    if (ways > 1) return "Either name secrets, or --all, or --repair";
    if (ways === 0) return "Name at least one secret, or --all, or --repair";
    return named.map(faultOf).find((fault) => fault !== undefined);
  },
  notes: credentialsNote,
  exits: {
    done: "all rotated or repaired",
    failure: "one was not",
    missing: "the sandbox does not run",
    stopped: "stopped by Ctrl-C: a rotation that has begun goes on without this command",
  },
});

/** The secret of that name, if the stack rotates it. */
const rotated = (name: string): SecretPurpose[] => rotatedPurposes.filter((purpose) => purpose === name);

/** Why a name is none of a secret that the stack rotates. */
const faultOf = (name: string): string | undefined => {
  const purpose = secretPurposes.find((known) => known === name);
  if (purpose === undefined) return `There is no secret "${name}"`;
  const { rotation } = secretOf(purpose);
  if (rotation.strategy !== "none") return undefined;
  return `"${name}" is not rotated by the stack: ${rotation.instead}, and put the value in with \`aws secretsmanager put-secret-value\``;
};

/** What a command line asks for. */
export const rotateOptionsOf = (
  { flags, arguments: [environment, ...named] }: Given<typeof rotateCommand.flags, [string, ...string[]]>,
  env: NodeJS.ProcessEnv = process.env,
): RotateOptions => ({
  environment,
  purposes: flags.all ? rotatedPurposes : [...new Set(named.flatMap(rotated))],
  repair: flags.repair,
  local: environment === "sandbox" || flags["in-sandbox"],
  stateDir: stateDirOf(flags["state-dir"], env),
  timeoutSeconds: flags.timeout,
});
