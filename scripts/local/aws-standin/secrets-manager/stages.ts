import { AwsError } from "../errors.ts";
import { type SecretRecord, staged, type VersionRecord, versionById } from "./records.ts";

const current = "AWSCURRENT";
const previous = "AWSPREVIOUS";
/** Deprecated versions that are kept; AWS keeps about as many. */
const keptVersions = 100;

/**
 * Puts a staging label on a version, taking it from the one that had it. When AWSCURRENT moves, AWSPREVIOUS goes to the
 * version it left.
 */
export const attachStage = (secret: SecretRecord, version: VersionRecord, stage: string): void => {
  const holder = staged(secret, stage);
  if (holder === version) return;
  if (holder) detach(holder, stage);
  version.stages.push(stage);
  if (stage !== current || !holder) return;
  for (const other of secret.versions) detach(other, previous);
  holder.stages.push(previous);
};

/**
 * UpdateSecretVersionStage: moves or removes a label. A label that another version has must be taken from it by name, and
 * AWSCURRENT can only move.
 */
export const updateStage = (
  secret: SecretRecord,
  stage: string,
  removeFrom: string | undefined,
  moveTo: string | undefined,
): void => {
  if (!removeFrom && !moveTo) throw invalid("You must specify MoveToVersionId, RemoveFromVersionId or both.");
  const source = removeFrom ? existing(secret, removeFrom) : undefined;
  const target = moveTo ? existing(secret, moveTo) : undefined;
  const holder = staged(secret, stage);
  if (holder && holder !== target && !removeFrom) {
    throw invalid(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (source && source !== holder) {
    throw invalid(
      `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that ` +
        `currently has the staging label ${stage}.`,
    );
  }
  if (target) {
    attachStage(secret, target, stage);
    return;
  }
  if (stage === current) {
    throw invalid(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  }
  if (source) detach(source, stage);
};

/** Forgets the oldest versions without a label; labelled versions are never removed. */
export const pruneVersions = (secret: SecretRecord): void => {
  const deprecated = secret.versions.filter((version) => version.stages.length === 0);
  const surplus = new Set(deprecated.slice(0, Math.max(0, secret.versions.length - keptVersions)));
  secret.versions = secret.versions.filter((version) => !surplus.has(version));
};

const existing = (secret: SecretRecord, id: string): VersionRecord => {
  const version = versionById(secret, id);
  if (version) return version;
  throw new AwsError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
  );
};

const detach = (version: VersionRecord, stage: string): void => {
  version.stages = version.stages.filter((label) => label !== stage);
};

const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);
