import * as z from "zod";
import { AwsError } from "../errors.ts";

const versionRecord = z.object({
  id: z.string(),
  stages: z.array(z.string()),
  /** Neither: the empty version that a rotation starts with. */
  string: z.string().optional(),
  binary: z.string().optional(),
  createdAt: z.number(),
});

/** What was asked for in RotationRules, as RotateSecret takes it. */
export const rotationRules = z.object({
  AutomaticallyAfterDays: z.number().int().min(1).max(1000).optional(),
  Duration: z
    .string()
    .regex(/^[0-9]{1,2}h$/, "must be a number of hours, as in 3h")
    .optional(),
  ScheduleExpression: z.string().min(1).max(256).optional(),
});

/** A secret with its versions. Times are milliseconds since 1970. */
export const secretRecord = z.object({
  arn: z.string(),
  name: z.string(),
  description: z.string().optional(),
  kmsKeyId: z.string().optional(),
  owningService: z.string().optional(),
  tags: z.record(z.string(), z.string()),
  policy: z.string().optional(),
  versions: z.array(versionRecord),
  createdAt: z.number(),
  changedAt: z.number(),
  accessedAt: z.number().optional(),
  deletedAt: z.number().optional(),
  rotation: z.object({ enabled: z.boolean(), functionArn: z.string(), rules: rotationRules }).optional(),
  rotatedAt: z.number().optional(),
  /** How the last rotation failed; gone after one that succeeds. */
  rotationFailure: z.object({ at: z.number(), step: z.string(), error: z.string() }).optional(),
});

export type SecretRecord = z.infer<typeof secretRecord>;
export type VersionRecord = z.infer<typeof versionRecord>;
export type RotationRules = z.infer<typeof rotationRules>;

/**
 * The secret with that name, ARN or partial ARN (without the hyphen and six characters that AWS adds).
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
export const lookUpSecret = (secrets: readonly SecretRecord[], id: string): SecretRecord | undefined =>
  secrets.find((secret) => secret.arn === id || secret.name === id) ??
  secrets.find((secret) => secret.arn.replace(/-[A-Za-z0-9]{6}$/, "") === id);

/** The same, refusing an unknown one. */
export const findSecret = (secrets: readonly SecretRecord[], id: string): SecretRecord => {
  const found = lookUpSecret(secrets, id);
  if (!found)
    throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return found;
};

/** The same, refusing one that waits for its deletion. */
export const findActiveSecret = (secrets: readonly SecretRecord[], id: string): SecretRecord => {
  const secret = findSecret(secrets, id);
  if (secret.deletedAt !== undefined) {
    throw new AwsError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return secret;
};

/** The same, refusing one that another service owns: only that service may change it. */
export const findOwnSecret = (secrets: readonly SecretRecord[], id: string): SecretRecord => {
  const secret = findActiveSecret(secrets, id);
  if (!secret.owningService) return secret;
  throw new AwsError(
    "InvalidRequestException",
    `You can't perform this operation on the secret because it is managed by ${secret.owningService}.`,
  );
};

/** The version that carries a staging label. */
export const staged = (secret: SecretRecord, stage: string): VersionRecord | undefined =>
  secret.versions.find((version) => version.stages.includes(stage));

export const versionById = (secret: SecretRecord, id: string): VersionRecord | undefined =>
  secret.versions.find((version) => version.id === id);

/** JSON 1.1 timestamps are seconds. */
export const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000;
