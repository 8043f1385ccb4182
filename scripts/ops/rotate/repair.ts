import { InvokeCommand } from "@aws-sdk/client-lambda";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { rotatedPurposes, secretName } from "../../../app/contract/secrets.ts";
import { CommandError, messageOf } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import type { RotationAccess } from "./access.ts";
import type { RotateOptions } from "./options.ts";

const summarySchema = z.object({ changes: z.array(z.string()), warnings: z.array(z.string()) });
const failureSchema = z.object({ errorMessage: z.string() });

/**
 * Runs the bootstrap function, which makes users, rights and passwords what the secrets say, and has the rotation functions
 * sign in with every current value.
 * @throws CommandError that says what could not be repaired
 */
export const repair = async (
  { environment }: Pick<RotateOptions, "environment">,
  access: RotationAccess,
  console: Console,
): Promise<void> => {
  const bootstrap = `bulwark-${environment}-secrets-bootstrap`;
  const { changes, warnings } = summarySchema.parse(
    await console.step(bootstrap, () => invoke(access, bootstrap, {})),
  );
  for (const change of changes) console.print(`  ${change}`);
  for (const warning of warnings) console.print(`  warning: ${warning}`);
  if (changes.length === 0) console.print("  nothing had to be changed");
  for (const name of await rotationFunctions(environment, access)) {
    await console.step(name, () => invoke(access, name, check));
    console.print(`  ${name}: every current value works`);
  }
};

/** What a rotation function takes for: does every secret's current value work? */
const check = { Check: "current" };

/** In words, whether the secrets of a rotation function work as they are. */
export const stateOfCurrent = async (
  access: RotationAccess,
  functionName: string,
  environment: string,
): Promise<string> => {
  try {
    await invoke(access, functionName, check);
    return "The secret in use is unchanged and goes on working.";
  } catch (error) {
    const [said = ""] = messageOf(error).split("\n");
    if (!said.includes("(current-refused)"))
      return `The secret in use is unchanged; whether it works could not be found out: ${said}`;
    return `The secret in use does NOT work: ${said}\n    Fix it: npm run rotate -- ${environment} --repair`;
  }
};

const rotationFunctions = async (environment: string, { client }: RotationAccess): Promise<string[]> => {
  const arns = rotatedPurposes.map(async (purpose) => {
    const SecretId = secretName(environment, purpose);
    return (await client.send(new DescribeSecretCommand({ SecretId }))).RotationLambdaARN;
  });
  const names = (await Promise.all(arns)).flatMap((arn) => arn?.split(":")[6] ?? []);
  return [...new Set(names)];
};

/** @throws CommandError with what the function failed with */
const invoke = async (access: RotationAccess, functionName: string, event: object): Promise<unknown> => {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) });
  const { FunctionError, Payload } = await access.lambda.send(command);
  const answer: unknown = JSON.parse(Payload?.transformToString() || "null");
  if (FunctionError === undefined) return answer;
  const { errorMessage } = failureSchema.parse(answer);
  throw new CommandError(`${errorMessage}\n    The function's log: ${access.logCommand(functionName)}`);
};
