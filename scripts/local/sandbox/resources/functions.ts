import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { CommandError, messageOf } from "../../../cli/errors.ts";
import { outsideEnvironment } from "../environment.ts";
import { LambdaFunction } from "../lambda.ts";
import { tellRotation } from "../rotation-report.ts";
import { outputs, type Provisioner, properties, type Registration } from "./provisioner.ts";

const lambda = z.object({
  arn: z.string(),
  name: z.string(),
  handler: z.string(),
  runtime: z.string().regex(/^nodejs/, "the sandbox runs functions for Node only"),
  timeout: z.number().default(3),
  memorySize: z.number().default(128),
  environment: z.object({ variables: z.record(z.string(), z.string()).default({}) }).prefault({}),
  loggingConfig: z.object({ logGroup: z.string().optional() }).optional(),
});
const permission = z.object({ action: z.string(), function: z.string(), principal: z.string() });
const invocation = z.object({
  functionName: z.string(),
  input: z.string(),
  triggers: z.record(z.string(), z.string()).default({}),
});

const makeFunction: Provisioner = async (registration) => {
  const { sandbox, request } = registration;
  const { identity } = request;
  const { arn, name, ...wanted } = properties(registration, lambda);
  const code = join(sandbox.home.functions, name);
  rmSync(code, { recursive: true, force: true });
  await unpack(request.inputs.code, code);
  const made = new LambdaFunction({
    name,
    code,
    handler: wanted.handler,
    timeoutSeconds: wanted.timeout,
    memoryMb: wanted.memorySize,
    logFile: join(sandbox.home.logs, `${name}.log`),
    processes: sandbox.processes,
    environment: {
      ...wanted.environment.variables,
      // What the runtime itself sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
      AWS_REGION: identity.region,
      AWS_DEFAULT_REGION: identity.region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${wanted.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(wanted.memorySize),
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_LOG_GROUP_NAME: wanted.loggingConfig?.logGroup ?? `/aws/lambda/${name}`,
      LAMBDA_TASK_ROOT: code,
      TZ: ":UTC",
      ...outsideEnvironment(sandbox.outside(), `function.${name}`, code),
    },
  });
  sandbox.functions.set(arn, made);
  return outputs(registration, {});
};

/** Writes an archive of texts and files below a folder. */
const unpack = async (archive: unknown, folder: string): Promise<void> => {
  if (!(archive instanceof pulumi.asset.AssetArchive)) {
    throw new CommandError("the sandbox takes a function's code as an AssetArchive of texts and files only");
  }
  for (const [name, asset] of Object.entries(await archive.assets)) {
    const target = resolve(folder, name);
    if (!target.startsWith(folder + sep))
      throw new CommandError(`"${name}" lies outside the function's code`);
    mkdirSync(dirname(target), { recursive: true });
    if (asset instanceof pulumi.asset.StringAsset) writeFileSync(target, await asset.text);
    else if (asset instanceof pulumi.asset.FileAsset) copyFileSync(await asset.path, target);
    else throw new CommandError(`"${name}" is neither a text nor a file: the sandbox cannot unpack it`);
  }
};

/** Who may invoke: Secrets Manager asks before it takes a function for a secret's rotation. */
const permit: Provisioner = async (registration) => {
  const wanted = properties(registration, permission);
  if (wanted.principal === "secretsmanager.amazonaws.com" && wanted.action === "lambda:InvokeFunction") {
    registration.sandbox.rotationFunctions.add(arnOf(registration, wanted.function));
  }
  return registration.shaped;
};

const arnOf = ({ sandbox }: Registration, nameOrArn: string): string => {
  const found = [...sandbox.functions].find(([arn, { name }]) => arn === nameOrArn || name === nameOrArn);
  if (!found) throw new CommandError(`there is no function "${nameOrArn}"`);
  return found[0];
};

/** Invoked once, and again when its function, input or triggers are others than at the last start: as the provider does. */
const invoke: Provisioner = async (registration) => {
  const { sandbox, request } = registration;
  const { functionName, input, triggers } = properties(registration, invocation);
  const digest = createHash("sha256")
    .update(JSON.stringify([functionName, input, triggers]))
    .digest("hex");
  const before = sandbox.state.current.remembered.invocations[request.urn];
  if (before?.digest === digest) return outputs(registration, { result: before.result });
  const called = sandbox.functions.get(arnOf(registration, functionName));
  if (!called) throw new CommandError(`there is no function "${functionName}"`);
  const result = await sandbox.console.step(`function ${called.name}`, () => resultOf(called, input));
  await tellRotation(sandbox, result);
  sandbox.state.update((current) => ({
    ...current,
    remembered: {
      ...current.remembered,
      invocations: { ...current.remembered.invocations, [request.urn]: { digest, result } },
    },
  }));
  return outputs(registration, { result });
};

const resultOf = async (called: LambdaFunction, input: string): Promise<string> => {
  try {
    return JSON.stringify(await called.invoke(JSON.parse(input)));
  } catch (error) {
    throw new CommandError(
      `the function ${called.name} failed: ${messageOf(error)}\n  Its log: ${called.logFile}`,
    );
  }
};

export const functionProvisioners: Record<string, Provisioner> = {
  "aws:lambda/function:Function": makeFunction,
  "aws:lambda/permission:Permission": permit,
  "aws:lambda/invocation:Invocation": invoke,
};
