import { createHash } from "node:crypto";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { jwtKeySet, rotatingValue } from "../../app/contract/secret-values.ts";
import { type SecretPurpose, secretOf } from "../../app/contract/secrets.ts";

/** What may be said of a secret's value: nothing that is secret. */
export interface Aspects {
  /** SHA-256 of the value: only ever compared, never shown. */
  digest: string;
  /** The user whose credentials it holds. */
  username?: string;
  /** Ids of signing keys, and what each is for. */
  keys?: string;
  /** Names of random values. */
  values?: string;
}

const withUser = z.object({ username: z.string() });
const randomValues = z.record(z.string(), rotatingValue);

/** Reads what may be said of the current value; undefined without the right to read it. */
export const currentAspects = async (
  client: SecretsManagerClient,
  secretId: string,
  purpose: SecretPurpose,
): Promise<Aspects | undefined> => {
  try {
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    return aspectsOf(purpose, SecretString);
  } catch (error) {
    if (error instanceof Error && error.name === "AccessDeniedException") return undefined;
    throw error;
  }
};

/** What may be said of a secret's text. */
export const aspectsOf = (purpose: SecretPurpose, text: string): Aspects => {
  const value: unknown = JSON.parse(text);
  const digest = createHash("sha256").update(text).digest("hex");
  const { strategy } = secretOf(purpose).rotation;
  if (strategy === "signing-keys") {
    const { keys } = jwtKeySet.parse(value);
    return { digest, keys: keys.map(({ kid, state }) => `${kid} ${state}`).join(", ") };
  }
  if (strategy === "random-values")
    return { digest, values: Object.keys(randomValues.parse(value)).join(", ") };
  return { digest, username: withUser.parse(value).username };
};

/** What changed, in lines for a person. */
export const changes = (purpose: SecretPurpose, before?: Aspects, after?: Aspects): string[] => {
  if (!before || !after) return ["the value could not be compared: you may not read it"];
  const account = secretOf(purpose).rotation.strategy === "mysql-user" ? "MySQL user  " : "Redis user  ";
  if (before.username !== after.username) return [`${account} ${before.username} → ${after.username}`];
  if (after.username) return [`${account} ${after.username}, with a new password`];
  if (after.keys !== undefined) return [`keys before  ${before.keys}`, `keys after   ${after.keys}`];
  return [`new values   ${after.values}; those before stay accepted`];
};
