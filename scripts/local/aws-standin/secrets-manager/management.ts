import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Context } from "../state.ts";
import {
  findActiveSecret,
  findOwnSecret,
  findSecret,
  lookUpSecret,
  type SecretRecord,
  seconds,
} from "./records.ts";
import { nextRotation } from "./schedule.ts";
import { secretId, tagList } from "./values.ts";

const dayMs = 86_400_000;
const bySecret = z.object({ SecretId: secretId });
const page = { MaxResults: z.number().int().min(1).max(100).default(100), NextToken: z.string().optional() };

/** Operations that describe, list, delete, tag and guard secrets. */
export const managementOperations = (context: Context) => {
  const { state, save } = context;
  const active = (id: string) => findActiveSecret(state.secrets, id);
  const changed = (secret: SecretRecord) => {
    secret.changedAt = Date.now();
    save();
    return { ARN: secret.arn, Name: secret.name };
  };

  const DescribeSecret = operation(bySecret, (input) => {
    const secret = findSecret(state.secrets, input.SecretId);
    const VersionIdsToStages = stagesById(secret);
    return {
      ...describe(secret),
      // Unlike a list, a description leaves it out once rotation is off.
      LastRotatedDate:
        secret.rotation?.enabled || secret.owningService ? seconds(secret.rotatedAt) : undefined,
      ...(Object.keys(VersionIdsToStages).length > 0 ? { VersionIdsToStages } : {}),
    };
  });

  const ListSecrets = operation(
    z.object({
      IncludePlannedDeletion: z.boolean().default(false),
      Filters: z.array(z.object({ Key: z.string(), Values: z.array(z.string()).min(1).max(10) })).default([]),
      SortOrder: z.enum(["asc", "desc"]).default("desc"),
      SortBy: z.string().optional(),
      ...page,
    }),
    (input) => {
      const found = state.secrets
        .filter((secret) => input.IncludePlannedDeletion || secret.deletedAt === undefined)
        .filter((secret) => input.Filters.every((filter) => matches(secret, filter)))
        .sort((a, b) => (input.SortOrder === "asc" ? a.createdAt - b.createdAt : b.createdAt - a.createdAt));
      const { items, NextToken } = paged(found, input);
      return {
        SecretList: items.map((secret) => ({
          ...describe(secret),
          SecretVersionsToStages: stagesById(secret),
        })),
        NextToken,
      };
    },
  );

  const ListSecretVersionIds = operation(
    z.object({ SecretId: secretId, IncludeDeprecated: z.boolean().default(false), ...page }),
    (input) => {
      const secret = findSecret(state.secrets, input.SecretId);
      const shown = secret.versions.filter((version) => input.IncludeDeprecated || version.stages.length > 0);
      const { items, NextToken } = paged(shown, input);
      const Versions = items.map((version) => ({
        VersionId: version.id,
        VersionStages: version.stages,
        CreatedDate: seconds(version.createdAt),
        KmsKeyIds: [secret.kmsKeyId ?? "DefaultEncryptionKey"],
      }));
      return { ARN: secret.arn, Name: secret.name, Versions, NextToken };
    },
  );

  const DeleteSecret = operation(
    z.object({
      SecretId: secretId,
      RecoveryWindowInDays: z.number().int().optional(),
      ForceDeleteWithoutRecovery: z.boolean().default(false),
    }),
    (input) => {
      const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
      if (force && days !== undefined) {
        throw invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
      }
      if (days !== undefined && (days < 7 || days > 30)) {
        throw invalid("RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
      }
      // A forced deletion of what is not there, or already going, succeeds.
      const there = lookUpSecret(state.secrets, input.SecretId);
      if (force && !there) return { Name: input.SecretId, DeletionDate: seconds(Date.now()) };
      const secret =
        force && there?.deletedAt !== undefined ? there : findOwnSecret(state.secrets, input.SecretId);
      if (force) state.secrets = state.secrets.filter((other) => other !== secret);
      secret.deletedAt = Date.now() + (force ? 0 : (days ?? 30) * dayMs);
      return { ...changed(secret), DeletionDate: seconds(secret.deletedAt) };
    },
  );

  const RestoreSecret = operation(bySecret, (input) => {
    const secret = findSecret(state.secrets, input.SecretId);
    secret.deletedAt = undefined;
    return changed(secret);
  });

  const TagResource = operation(z.object({ SecretId: secretId, Tags: tagList }), (input) => {
    const secret = active(input.SecretId);
    for (const tag of input.Tags) secret.tags[tag.Key] = tag.Value;
    changed(secret);
    return {};
  });

  const UntagResource = operation(z.object({ SecretId: secretId, TagKeys: z.array(z.string()) }), (input) => {
    const secret = active(input.SecretId);
    for (const key of input.TagKeys) delete secret.tags[key];
    changed(secret);
    return {};
  });

  const PutResourcePolicy = operation(
    z.object({
      SecretId: secretId,
      ResourcePolicy: z.string().min(1).max(20_480),
      BlockPublicPolicy: z.boolean().optional(),
    }),
    (input) => {
      const secret = active(input.SecretId);
      const statements = statementsOf(input.ResourcePolicy);
      if (input.BlockPublicPolicy && statements.some(isPublic)) {
        throw new AwsError(
          "PublicPolicyException",
          "You can't attach a policy that gives broad access to the secret.",
        );
      }
      secret.policy = input.ResourcePolicy;
      return changed(secret);
    },
  );

  const GetResourcePolicy = operation(bySecret, (input) => {
    const secret = active(input.SecretId);
    return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.policy };
  });

  const DeleteResourcePolicy = operation(bySecret, (input) => {
    const secret = active(input.SecretId);
    secret.policy = undefined;
    return changed(secret);
  });

  return {
    DescribeSecret,
    ListSecrets,
    ListSecretVersionIds,
    DeleteSecret,
    RestoreSecret,
    TagResource,
    UntagResource,
    PutResourcePolicy,
    GetResourcePolicy,
    DeleteResourcePolicy,
  };
};

const describe = (secret: SecretRecord) => {
  const { rotation } = secret;
  const lastChange = secret.rotatedAt ?? secret.createdAt;
  const scheduled =
    rotation?.enabled && (rotation.rules.AutomaticallyAfterDays || rotation.rules.ScheduleExpression);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    OwningService: secret.owningService,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.functionArn,
    RotationRules: rotation?.rules,
    LastRotatedDate: seconds(secret.rotatedAt),
    NextRotationDate: scheduled ? seconds(nextRotation(rotation.rules, lastChange, Date.now())) : undefined,
    LastChangedDate: seconds(secret.changedAt),
    LastAccessedDate: seconds(secret.accessedAt),
    DeletedDate: seconds(secret.deletedAt),
    CreatedDate: seconds(secret.createdAt),
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  };
};

/** Deprecated versions, which have no label, are left out. */
const stagesById = (secret: SecretRecord): Record<string, string[]> =>
  Object.fromEntries(
    secret.versions.filter((version) => version.stages.length > 0).map(({ id, stages }) => [id, stages]),
  );

/** Prefix matches; `!` in front of a value negates. */
const matches = (secret: SecretRecord, filter: { Key: string; Values: string[] }): boolean => {
  const texts: Record<string, string[]> = {
    name: [secret.name],
    description: [secret.description?.toLowerCase() ?? ""],
    "tag-key": Object.keys(secret.tags),
    "tag-value": Object.values(secret.tags),
    "owning-service": [secret.owningService ?? ""],
  };
  const candidates = filter.Key === "all" ? Object.values(texts).flat() : texts[filter.Key];
  if (!candidates) throw invalid(`Invalid filter key: ${filter.Key}`);
  return filter.Values.some((given) => {
    const negated = given.startsWith("!");
    const wanted = negated ? given.slice(1) : given;
    const prefix = filter.Key === "description" ? wanted.toLowerCase() : wanted;
    return candidates.some((text) => text.startsWith(prefix)) !== negated;
  });
};

const paged = <T>(items: readonly T[], input: { MaxResults: number; NextToken?: string | undefined }) => {
  const start = input.NextToken ? Number(input.NextToken) : 0;
  if (!Number.isInteger(start)) throw new AwsError("InvalidNextTokenException", "Invalid NextToken.");
  const end = start + input.MaxResults;
  return { items: items.slice(start, end), NextToken: end < items.length ? String(end) : undefined };
};

const statement = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});
const policyDocument = z.object({
  Statement: z.union([statement.transform((one) => [one]), z.array(statement)]),
});

const statementsOf = (text: string): z.output<typeof statement>[] => {
  try {
    return policyDocument.parse(JSON.parse(text)).Statement;
  } catch {
    throw new AwsError("MalformedPolicyDocumentException", "This resource policy contains invalid Json.");
  }
};

const isPublic = (one: z.output<typeof statement>): boolean =>
  one.Effect === "Allow" &&
  one.Condition === undefined &&
  JSON.stringify(one.Principal ?? "").includes('"*"');

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);
