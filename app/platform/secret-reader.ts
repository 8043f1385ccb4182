import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type * as z from "zod";

/** A secret could not be had at start-up. */
class SecretUnavailableError extends Error {
  constructor(id: string, cause: unknown) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(
      `secret "${id}" cannot be read (${reason}). Check that it exists and has a value in this region, and that the pod's ` +
        "role may call secretsmanager:GetSecretValue on it and kms:Decrypt on its key.",
      { cause },
    );
    this.name = "SecretUnavailableError";
  }
}

/**
 * Reads a secret for a process that ends soon.
 * @throws SecretUnavailableError
 */
export async function readSecretOnce<Schema extends z.ZodType>(
  region: string,
  id: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const client = secretsManager(region);
  try {
    return (await readAtStart(id, readSecret(client, id, schema))).value;
  } finally {
    client.destroy();
  }
}

/** The client of Secrets Manager: region and limits are ours, endpoint and credentials the environment's. */
export const secretsManager = (region: string) =>
  new SecretsManagerClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });

/** For a first read: what can't be had is explained to the person who starts the process. */
export const readAtStart = <T>(id: string, reading: Promise<T>): Promise<T> =>
  reading.catch((error: unknown) => {
    throw new SecretUnavailableError(id, error);
  });

/** A value with the id of its version. */
export interface Version<T> {
  version: string;
  /** When the version was made. */
  createdAt: Date;
  value: T;
}

/** @throws the SDK's error, or one that names the fields that are wrong. */
export async function readSecret<Schema extends z.ZodType>(
  client: SecretsManagerClient,
  id: string,
  schema: Schema,
): Promise<Version<z.output<Schema>>> {
  const answer = await client.send(new GetSecretValueCommand({ SecretId: id }));
  const { VersionId: version = "", CreatedDate: createdAt = new Date(), SecretString } = answer;
  return { version, createdAt, value: parseSecret(SecretString, schema) };
}

/** Says which fields are wrong, never what is in them. */
function parseSecret<Schema extends z.ZodType>(text: string | undefined, schema: Schema): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text ?? "");
  } catch {
    throw new Error("its value is not JSON");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole value");
  throw new Error(`its value does not have the shape it should: ${fields.join(", ")}`);
}
