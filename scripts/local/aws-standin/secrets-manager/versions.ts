import { randomInt, randomUUID } from "node:crypto";
import { AwsError } from "../errors.ts";
import type { Context } from "../state.ts";
import { type SecretRecord, seconds, staged, type VersionRecord, versionById } from "./records.ts";
import { attachStage, pruneVersions } from "./stages.ts";

interface Value {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}

/**
 * A secret that another service keeps (RDS's master user): made when missing, its value replaced when it differs. The API
 * shows it and refuses to change it, as AWS does.
 */
export const putManagedSecret = (
  context: Context,
  managed: { name: string; owningService: string; value: string },
): { ARN: string; Name: string } => {
  const { state, save } = context;
  let secret = state.secrets.find(({ name }) => name === managed.name);
  if (!secret) {
    secret = newSecret(context, managed.name);
    state.secrets.push(secret);
  }
  secret.owningService = managed.owningService;
  // The service rotates it by itself.
  secret.rotatedAt = Date.now();
  if (staged(secret, "AWSCURRENT")?.string !== managed.value) {
    addVersion(secret, randomUUID(), { SecretString: managed.value }, ["AWSCURRENT"]);
  }
  save();
  return { ARN: secret.arn, Name: secret.name };
};

/** A secret of that name without any value. */
export const newSecret = (context: Context, name: string): SecretRecord => {
  const { region, accountId } = context;
  const now = Date.now();
  return {
    arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${arnSuffix()}`,
    name,
    tags: {},
    versions: [],
    createdAt: now,
    changedAt: now,
  };
};

const arnSuffix = (): string => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join("");
};

/** Names are taken by secrets that wait for their deletion, too. */
export const refuseExisting = (secrets: readonly SecretRecord[], name: string): void => {
  const there = secrets.find((secret) => secret.name === name);
  if (!there) return;
  if (there.deletedAt === undefined) {
    throw new AwsError(
      "ResourceExistsException",
      `The operation failed because the secret ${name} already exists.`,
    );
  }
  throw new AwsError(
    "InvalidRequestException",
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  );
};

/**
 * A version with that token as its id. The same token with the same value changes nothing; with another value it is refused,
 * for versions never change. A rotation's empty version is filled.
 */
export const addVersion = (
  secret: SecretRecord,
  token: string,
  input: Value,
  stages: readonly string[],
): VersionRecord => {
  let version = versionById(secret, token);
  const filled = version && (version.string !== undefined || version.binary !== undefined);
  if (version && filled) {
    if (version.string === input.SecretString && version.binary === input.SecretBinary) return version;
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  // The first version of a secret becomes current, even if the request names other labels.
  const first = secret.versions.length === 0 ? ["AWSCURRENT"] : [];
  if (!version) {
    version = { id: token, stages: [], createdAt: Date.now() };
    secret.versions.push(version);
  }
  version.string = input.SecretString;
  version.binary = input.SecretBinary;
  for (const stage of new Set([...first, ...stages])) attachStage(secret, version, stage);
  secret.changedAt = Date.now();
  pruneVersions(secret);
  return version;
};

/** Whether a value was given; refuses both kinds at once. */
export const oneValue = (input: Value): boolean => {
  if (input.SecretString !== undefined && input.SecretBinary !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  return input.SecretString !== undefined || input.SecretBinary !== undefined;
};

/** Requests bring a token (the SDKs make one up). */
export const requireToken = (token: string | undefined): string => {
  if (token) return token;
  throw new AwsError(
    "InvalidRequestException",
    "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
  );
};

/** The version that GetSecretValue means: by id, by label, or both, which must then agree. */
export const selectVersion = (
  secret: SecretRecord,
  id: string | undefined,
  stage: string | undefined,
): VersionRecord => {
  const label = stage ?? "AWSCURRENT";
  const version = id ? versionById(secret, id) : staged(secret, label);
  const sought = id ? `VersionId: ${id}` : `staging label: ${label}`;
  if (!version || (version.string === undefined && version.binary === undefined)) {
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${sought}`,
    );
  }
  if (id && stage && !version.stages.includes(stage)) {
    throw new AwsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  }
  return version;
};

/** A version as GetSecretValue answers. */
export const valueEntry = (secret: SecretRecord, version: VersionRecord) => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: version.id,
  SecretString: version.string,
  SecretBinary: version.binary,
  VersionStages: version.stages,
  CreatedDate: seconds(version.createdAt),
});
