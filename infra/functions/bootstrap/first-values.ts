import { randomUUID } from "node:crypto";
import type * as z from "zod";
import { keysOf } from "../../../app/contract/records.ts";
import type { Rotation } from "../../../app/contract/secrets.ts";
import { firstValues } from "../rotation/random-values.ts";
import { firstKeySet } from "../rotation/signing-keys.ts";
import type { SecretStore } from "../shared/secret-store.ts";

/** Rotations of secrets whose value no server has to know. */
type Serverless = Exclude<Rotation, { strategy: "mysql-user" | "cache-user" }>;

/** The first value of such a secret. */
export const firstValueOf = async (rotation: Serverless): Promise<unknown> => {
  switch (rotation.strategy) {
    case "signing-keys":
      return firstKeySet();
    case "random-values":
      return firstValues(keysOf(rotation.values));
    case "none":
      // Until a person supplies it, the value is "none", so that readers can distinguish "off" from "forgotten".
      return null;
  }
};

export interface ValueResult {
  changes: string[];
  version: string;
}

/**
 * Gives a secret without value its first one.
 * @param source.complete adds what an existing value lacks, or returns undefined.
 */
export const ensureValue = async <Value>(
  secret: string,
  source: {
    schema: z.ZodType<Value>;
    first(): Promise<Value>;
    complete?(value: Value): Value | undefined;
  },
  store: SecretStore,
): Promise<ValueResult> => {
  const put = async (value: Value, change: string): Promise<ValueResult> => {
    const token = randomUUID();
    await store.write(secret, value, { stage: "AWSCURRENT", token });
    return { changes: [change], version: token };
  };
  const found = await store.read(secret, source.schema, { stage: "AWSCURRENT" });
  if (!found) return put(await source.first(), "put the first value");
  const completed = source.complete?.(found.value);
  return completed === undefined
    ? { changes: [], version: found.id }
    : put(completed, "added what the value lacked");
};
