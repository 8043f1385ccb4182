import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Context } from "../state.ts";
import { findActiveSecret, findOwnSecret } from "./records.ts";
import { updateStage } from "./stages.ts";
import {
  addVersion,
  newSecret,
  oneValue,
  refuseExisting,
  requireToken,
  selectVersion,
  valueEntry,
} from "./versions.ts";

export const secretId = z.string().min(1).max(2048);
/** The SDK fills it in; a raw request must bring its own. It becomes the version's id. */
export const clientRequestToken = z
  .string()
  .min(32, "ClientRequestToken must be 32-64 characters long.")
  .max(64);
export const tagList = z.array(
  z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256).default("") }),
);
const value = {
  SecretString: z.string().max(65_536).optional(),
  SecretBinary: z.base64().max(87_384).optional(),
};
const names = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[A-Za-z0-9/_+=.@-]+$/, "must be ASCII letters, numbers and /_+=.@- only");
const dayMs = 86_400_000;

/** Operations that make, read and change values. */
export const valueOperations = (context: Context) => {
  const { state, save } = context;
  const own = (id: string) => findOwnSecret(state.secrets, id);

  const CreateSecret = operation(
    z.object({
      Name: names,
      ClientRequestToken: clientRequestToken.optional(),
      Description: z.string().max(2048).optional(),
      KmsKeyId: z.string().max(2048).optional(),
      Tags: tagList.default([]),
      ForceOverwriteReplicaSecret: z.boolean().optional(),
      ...value,
    }),
    (input) => {
      refuseExisting(state.secrets, input.Name);
      const secret = newSecret(context, input.Name);
      secret.description = input.Description;
      secret.kmsKeyId = input.KmsKeyId;
      secret.tags = Object.fromEntries(input.Tags.map((tag) => [tag.Key, tag.Value]));
      const given = oneValue(input);
      const version = given
        ? addVersion(secret, requireToken(input.ClientRequestToken), input, ["AWSCURRENT"])
        : undefined;
      state.secrets.push(secret);
      save();
      return { ARN: secret.arn, Name: secret.name, ...(version ? { VersionId: version.id } : {}) };
    },
  );

  const GetSecretValue = operation(
    z.object({
      SecretId: secretId,
      VersionId: z.string().min(32).max(64).optional(),
      VersionStage: z.string().min(1).max(256).optional(),
    }),
    (input) => {
      const secret = findActiveSecret(state.secrets, input.SecretId);
      const version = selectVersion(secret, input.VersionId, input.VersionStage);
      const today = Math.floor(Date.now() / dayMs) * dayMs;
      if (secret.accessedAt !== today) {
        secret.accessedAt = today;
        save();
      }
      return valueEntry(secret, version);
    },
  );

  const PutSecretValue = operation(
    z.object({
      SecretId: secretId,
      ClientRequestToken: clientRequestToken.optional(),
      VersionStages: z.array(z.string().min(1).max(256)).min(1).max(20).optional(),
      RotationToken: z.string().optional(),
      ...value,
    }),
    (input) => {
      const secret = own(input.SecretId);
      if (!oneValue(input))
        throw new AwsError(
          "InvalidRequestException",
          "You must provide either SecretString or SecretBinary.",
        );
      const version = addVersion(
        secret,
        requireToken(input.ClientRequestToken),
        input,
        input.VersionStages ?? ["AWSCURRENT"],
      );
      save();
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
    },
  );

  const UpdateSecret = operation(
    z.object({
      SecretId: secretId,
      ClientRequestToken: clientRequestToken.optional(),
      Description: z.string().max(2048).optional(),
      KmsKeyId: z.string().max(2048).optional(),
      ...value,
    }),
    (input) => {
      const secret = own(input.SecretId);
      if (input.Description !== undefined) secret.description = input.Description;
      if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId || undefined;
      const given = oneValue(input);
      const version = given
        ? addVersion(secret, requireToken(input.ClientRequestToken), input, ["AWSCURRENT"])
        : undefined;
      secret.changedAt = Date.now();
      save();
      return { ARN: secret.arn, Name: secret.name, ...(version ? { VersionId: version.id } : {}) };
    },
  );

  const UpdateSecretVersionStage = operation(
    z.object({
      SecretId: secretId,
      VersionStage: z.string().min(1).max(256),
      RemoveFromVersionId: z.string().min(32).max(64).optional(),
      MoveToVersionId: z.string().min(32).max(64).optional(),
    }),
    (input) => {
      const secret = own(input.SecretId);
      updateStage(secret, input.VersionStage, input.RemoveFromVersionId, input.MoveToVersionId);
      secret.changedAt = Date.now();
      save();
      return { ARN: secret.arn, Name: secret.name };
    },
  );

  const BatchGetSecretValue = operation(
    z.object({ SecretIdList: z.array(secretId).min(1).max(20) }),
    async (input) => {
      const SecretValues: ReturnType<typeof valueEntry>[] = [];
      const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
      for (const id of input.SecretIdList) {
        try {
          SecretValues.push(await GetSecretValue({ SecretId: id }));
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
        }
      }
      return { SecretValues, Errors };
    },
  );

  return {
    CreateSecret,
    GetSecretValue,
    PutSecretValue,
    UpdateSecret,
    UpdateSecretVersionStage,
    BatchGetSecretValue,
  };
};
