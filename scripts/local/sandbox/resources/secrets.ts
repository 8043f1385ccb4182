import { randomUUID } from "node:crypto";
import * as z from "zod";
import { outputs, type Provisioner, properties, type Registration } from "./provisioner.ts";

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

/** An error of that name counts as "there already". */
const unlessThere = async (call: Promise<unknown>, there: string): Promise<void> => {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error && error.name === there)) throw error;
  }
};

const makeSecret: Provisioner = async (registration) => {
  const { secrets } = registration.sandbox.standin;
  const { name, description, kmsKeyId } = properties(registration, secret);
  const made = secrets.CreateSecret({ Name: name, Description: description, KmsKeyId: kmsKeyId });
  await unlessThere(made, "ResourceExistsException");
  const { ARN } = await secrets.DescribeSecret({ SecretId: name });
  return outputs(registration, { arn: ARN }, ARN);
};

const putPolicy: Provisioner = async (registration) => {
  const { secretArn, policy: ResourcePolicy } = properties(registration, policy);
  await registration.sandbox.standin.secrets.PutResourcePolicy({ SecretId: secretArn, ResourcePolicy });
  return outputs(registration, {}, secretArn);
};

/** Only what differs is set: setting rotation up makes Secrets Manager try the function out. */
const setRotation: Provisioner = async (registration) => {
  const { secrets } = registration.sandbox.standin;
  const { secretId, rotationLambdaArn, rotationRules, rotateImmediately } = properties(
    registration,
    rotation,
  );
  const RotationRules = Object.fromEntries(
    Object.entries({
      AutomaticallyAfterDays: rotationRules.automaticallyAfterDays,
      Duration: rotationRules.duration,
      ScheduleExpression: rotationRules.scheduleExpression,
    }).filter(([, value]) => value !== undefined),
  );
  const before = await secrets.DescribeSecret({ SecretId: secretId });
  const same =
    before.RotationEnabled === true &&
    before.RotationLambdaARN === rotationLambdaArn &&
    JSON.stringify(sorted(before.RotationRules ?? {})) === JSON.stringify(sorted(RotationRules));
  if (!same) {
    await secrets.RotateSecret({
      SecretId: secretId,
      ClientRequestToken: randomUUID(),
      RotationLambdaARN: rotationLambdaArn,
      RotationRules,
      RotateImmediately: rotateImmediately ?? true,
    });
  }
  return outputs(registration, { rotationEnabled: true }, secretId);
};

const sorted = (record: Record<string, unknown>) =>
  Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));

/** Keys have no name, so the sandbox remembers which one belongs to which resource, as Pulumi's state would. */
const makeKey: Provisioner = async (registration) => {
  const { request, sandbox } = registration;
  const remembered = sandbox.state.current.remembered.generated[request.urn];
  if (remembered) return outputs(registration, remembered.state, remembered.id);
  const { description } = properties(registration, key);
  const { KeyMetadata } = await sandbox.standin.keys.CreateKey({ Description: description });
  const { KeyId, Arn } = KeyMetadata;
  const state = { keyId: KeyId, arn: Arn };
  remember(registration, KeyId, state);
  return outputs(registration, state, KeyId);
};

const makeAlias: Provisioner = async (registration) => {
  const { name, targetKeyId } = properties(registration, alias);
  const made = registration.sandbox.standin.keys.CreateAlias({ AliasName: name, TargetKeyId: targetKeyId });
  await unlessThere(made, "AlreadyExistsException");
  return registration.shaped;
};

const makeTopic: Provisioner = async (registration) => {
  const { name } = properties(registration, topic);
  await registration.sandbox.standin.topics.CreateTopic({ Name: name });
  return registration.shaped;
};

/** Keeps what was generated for a resource over restarts. */
const remember = (
  { request, sandbox }: Registration,
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

export const secretProvisioners: Record<string, Provisioner> = {
  "aws:secretsmanager/secret:Secret": makeSecret,
  "aws:secretsmanager/secretPolicy:SecretPolicy": putPolicy,
  "aws:secretsmanager/secretRotation:SecretRotation": setRotation,
  "aws:kms/key:Key": makeKey,
  "aws:kms/alias:Alias": makeAlias,
  "aws:sns/topic:Topic": makeTopic,
};
