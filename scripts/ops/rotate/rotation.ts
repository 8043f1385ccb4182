import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  RotateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { type SecretPurpose, secretName } from "../../../app/contract/secrets.ts";
import { CommandError } from "../../cli/errors.ts";
import type { At, Console } from "../../cli/progress.ts";
import { changes, currentAspects } from "../../local/secret-value.ts";
import type { RotationAccess } from "./access.ts";
import type { RotateOptions } from "./options.ts";
import { stateOfCurrent } from "./repair.ts";
import { StepLog } from "./step-log.ts";

const pollMs = 250;

/** Rotates one secret and waits for it. @throws CommandError that says which step failed, or where to look */
export const rotateSecret = async (
  purpose: SecretPurpose,
  options: RotateOptions,
  access: RotationAccess,
  console: Console,
  at: At = () => undefined,
): Promise<void> => {
  const name = secretName(options.environment, purpose);
  const { client } = access;
  const before = await describe(access, name);
  const functionName = before.RotationLambdaARN?.split(":")[6];
  if (!before.RotationEnabled || !functionName) {
    throw new CommandError(`${name} has no rotation: deploy the stack first (it sets rotation up)`);
  }
  const valueBefore = await currentAspects(client, name, purpose);
  const file = access.logFile(functionName);
  const log = file === undefined ? undefined : new StepLog(file);
  const token = await begin(access, before, name, console);
  const { environment, timeoutSeconds } = options;
  await finished({ access, environment, name, functionName, token, log, timeoutSeconds }, console, at);
  const valueAfter = await currentAspects(client, name, purpose);
  if (valueBefore && valueAfter && valueBefore.digest === valueAfter.digest) {
    throw new CommandError(
      `${name}: the new version holds the old value. Its function's log: ${access.logCommand(functionName)}`,
    );
  }
  console.print(`    version      ${current(before) ?? "none"} → ${token}`);
  for (const line of changes(purpose, valueBefore, valueAfter)) console.print(`    ${line}`);
};

/** Starts a rotation, or takes up one that an earlier attempt left unfinished. Returns the new version's id. */
const begin = async (
  { client }: RotationAccess,
  before: DescribeSecretCommandOutput,
  name: string,
  console: Console,
): Promise<string> => {
  const token = randomUUID();
  try {
    await client.send(new RotateSecretCommand({ SecretId: name, ClientRequestToken: token }));
    return token;
  } catch (error) {
    const unfinished =
      error instanceof Error &&
      error.name === "InvalidRequestException" &&
      /previous rotation/i.test(error.message);
    if (!unfinished) throw error;
    // From before the call: by now it may be finished already.
    const pending = versionWith(before, "AWSPENDING");
    if (!pending) throw error;
    console.print("  an earlier rotation was not finished: it is taken up again");
    return pending;
  }
};

interface Waiting {
  access: RotationAccess;
  environment: string;
  name: string;
  functionName: string;
  token: string;
  log: StepLog | undefined;
  timeoutSeconds: number;
}

/** Waits until the new version is the current one, and tells each change on the way. */
const finished = async (waiting: Waiting, console: Console, at: At): Promise<void> => {
  const { access, name, token, log, functionName, timeoutSeconds } = waiting;
  const deadline = Date.now() + timeoutSeconds * 1000;
  let told = "";
  for (;;) {
    const { VersionIdsToStages = {} } = await describe(access, name);
    for (const { step, message, outcome, reason, detail, milliseconds } of log?.next(token) ?? []) {
      if (message === "rotation step failed")
        throw await failed(waiting, `${step} failed (${reason}): ${detail}`);
      console.print(`  ${step.padEnd(13)} ${outcome} (${milliseconds} ms)`);
    }
    const stages = VersionIdsToStages[token]?.join(", ") ?? "no version yet";
    if (stages !== told) console.print(`  ${"version".padEnd(13)} ${stages}`);
    told = stages;
    at(`the new version is ${stages}`);
    if (VersionIdsToStages[token]?.includes("AWSCURRENT")) return;
    if (Date.now() > deadline) {
      throw await failed(waiting, `not done after ${timeoutSeconds} s; ${functionName} may still be trying`);
    }
    await delay(pollMs);
  }
};

const failed = async (
  { access, name, functionName, environment }: Waiting,
  what: string,
): Promise<CommandError> =>
  new CommandError(
    `${name}: ${what}\n` +
      `    ${await stateOfCurrent(access, functionName, environment)}\n` +
      `    The function's log: ${access.logCommand(functionName)}`,
  );

const describe = async (
  { client, where }: RotationAccess,
  name: string,
): Promise<DescribeSecretCommandOutput> => {
  try {
    return await client.send(new DescribeSecretCommand({ SecretId: name }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    throw new CommandError(
      `there is no secret ${name} in ${where}: has the environment been deployed there, and are these its credentials?`,
    );
  }
};

const current = (described: DescribeSecretCommandOutput) => versionWith(described, "AWSCURRENT");

const versionWith = ({ VersionIdsToStages = {} }: DescribeSecretCommandOutput, stage: string) =>
  Object.entries(VersionIdsToStages).find(
    ([, stages]) => stages.includes(stage) && (stage !== "AWSPENDING" || !stages.includes("AWSCURRENT")),
  )?.[0];
