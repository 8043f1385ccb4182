import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { StandinCall } from "../standin.ts";
import { type Asked, outputs, properties, type Realiser } from "./realiser.ts";

const secret = z.object({
  name: z.string(),
  description: z.string().optional(),
  kmsKeyId: z.string().optional(),
});
const policy = z.object({ secretArn: z.string(), policy: z.string() });
const rotation = z.object({
  secretId: z.string(),
  rotationLambdaArn: z.string().optional(),
  rotateImmediately: z.boolean().optional(),
  rotationRules: z.object({
    automaticallyAfterDays: z.number().optional(),
    duration: z.string().optional(),
    scheduleExpression: z.string().optional(),
  }),
});
const key = z.object({ description: z.string().default("") });
const alias = z.object({ name: z.string(), targetKeyId: z.string() });
const topic = z.object({ name: z.string() });
const madeKey = z.object({ KeyMetadata: z.object({ KeyId: z.string(), Arn: z.string() }) });
const described = z.object({
  ARN: z.string(),
  RotationEnabled: z.boolean().optional(),
  RotationLambdaARN: z.string().optional(),
  RotationRules: z.record(z.string(), z.unknown()).optional(),
});

/** Calls the stand-in; an error of one of the given names counts as "there already". */
const unlessThere = async (
  { sandbox }: Asked,
  { service, action, input }: StandinCall,
  there: string,
): Promise<void> => {
  try {
    await sandbox.standin.operation(service, action, input);
  } catch (error) {
    if (!(error instanceof Error && error.name === there)) throw error;
  }
};

const describe = async ({ sandbox }: Asked, SecretId: string) =>
  described.parse(await sandbox.standin.operation("secrets", "DescribeSecret", { SecretId }));

const makeSecret: Realiser = async (asked) => {
  const { name, description, kmsKeyId } = properties(asked, secret);
  const input = { Name: name, Description: description, KmsKeyId: kmsKeyId };
  await unlessThere(asked, { service: "secrets", action: "CreateSecret", input }, "ResourceExistsException");
  const { ARN } = await describe(asked, name);
  return outputs(asked, { arn: ARN }, ARN);
};

const putPolicy: Realiser = async (asked) => {
  const { secretArn, policy: ResourcePolicy } = properties(asked, policy);
  await asked.sandbox.standin.operation("secrets", "PutResourcePolicy", {
    SecretId: secretArn,
    ResourcePolicy,
  });
  return outputs(asked, {}, secretArn);
};

/** Only what differs is set: setting rotation up makes Secrets Manager try the function out. */
const setRotation: Realiser = async (asked) => {
  const { secretId, rotationLambdaArn, rotationRules, rotateImmediately } = properties(asked, rotation);
  const RotationRules = Object.fromEntries(
    Object.entries({
      AutomaticallyAfterDays: rotationRules.automaticallyAfterDays,
      Duration: rotationRules.duration,
      ScheduleExpression: rotationRules.scheduleExpression,
    }).filter(([, value]) => value !== undefined),
  );
  const before = await describe(asked, secretId);
  const same =
    before.RotationEnabled === true &&
    before.RotationLambdaARN === rotationLambdaArn &&
    JSON.stringify(sorted(before.RotationRules ?? {})) === JSON.stringify(sorted(RotationRules));
  if (!same) {
    await asked.sandbox.standin.operation("secrets", "RotateSecret", {
      SecretId: secretId,
      ClientRequestToken: randomUUID(),
      RotationLambdaARN: rotationLambdaArn,
      RotationRules,
      RotateImmediately: rotateImmediately ?? true,
    });
  }
  return outputs(asked, { rotationEnabled: true }, secretId);
};

const sorted = (record: Record<string, unknown>) =>
  Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));

/** Keys have no name, so the sandbox remembers which one belongs to which resource, as Pulumi's state would. */
const makeKey: Realiser = async (asked) => {
  const { request, sandbox } = asked;
  const remembered = sandbox.state.current.remembered.generated[request.urn];
  if (remembered) return outputs(asked, remembered.state, remembered.id);
  const { description } = properties(asked, key);
  const made = await sandbox.standin.operation("keys", "CreateKey", { Description: description });
  const { KeyId, Arn } = madeKey.parse(made).KeyMetadata;
  const state = { keyId: KeyId, arn: Arn };
  remember(asked, KeyId, state);
  return outputs(asked, state, KeyId);
};

const makeAlias: Realiser = async (asked) => {
  const { name, targetKeyId } = properties(asked, alias);
  const input = { AliasName: name, TargetKeyId: targetKeyId };
  await unlessThere(asked, { service: "keys", action: "CreateAlias", input }, "AlreadyExistsException");
  return asked.shaped;
};

const makeTopic: Realiser = async (asked) => {
  const { name } = properties(asked, topic);
  await asked.sandbox.standin.operation("topics", "CreateTopic", { Name: name });
  return asked.shaped;
};

/** Keeps what was generated for a resource over restarts. */
export const remember = (
  { request, sandbox }: Asked,
  id: string | undefined,
  state: Record<string, unknown>,
): void =>
  sandbox.state.update((current) => ({
    ...current,
    remembered: {
      ...current.remembered,
      generated: { ...current.remembered.generated, [request.urn]: { id, state } },
    },
  }));

export const secretRealisers: Record<string, Realiser> = {
  "aws:secretsmanager/secret:Secret": makeSecret,
  "aws:secretsmanager/secretPolicy:SecretPolicy": putPolicy,
  "aws:secretsmanager/secretRotation:SecretRotation": setRotation,
  "aws:kms/key:Key": makeKey,
  "aws:kms/alias:Alias": makeAlias,
  "aws:sns/topic:Topic": makeTopic,
};
