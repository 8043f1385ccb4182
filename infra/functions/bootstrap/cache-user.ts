import { randomUUID } from "node:crypto";
import { cacheCredentials } from "../../../app/contract/secret-values.ts";
import type { CacheAccount } from "../redis/cache-account.ts";
import { Failure } from "../shared/failure.ts";
import { makePassword } from "../shared/generate.ts";
import type { SecretStore } from "../shared/secret-store.ts";
import type { UserResult } from "./database-user.ts";

/**
 * Replaces the Redis user's initial password, which passed through the stack's state, by one that only the secret holds; or,
 * when the server refuses the secret's password, sets that one again.
 */
export const ensureCacheUser = async (
  secret: string,
  user: string,
  account: CacheAccount,
  store: SecretStore,
): Promise<UserResult> => {
  const name = await account.name();
  if (name !== user) {
    throw new Failure("mismatched-value", `the ElastiCache user is named "${name}", not "${user}"`);
  }
  const found = await store.read(secret, cacheCredentials, { stage: "AWSCURRENT" });
  if (found) {
    const { username, password } = found.value;
    const result = { version: found.id, username };
    if (await account.accepts(username, password)) return { ...result, changes: [] };
    await account.setPasswords(username, [password]);
    return { ...result, changes: [`set the password of ${username} to the secret's`] };
  }
  const wanted = { username: user, password: makePassword() };
  await account.setPasswords(user, [wanted.password]);
  const token = randomUUID();
  await store.write(secret, wanted, { stage: "AWSCURRENT", token });
  return {
    changes: ["replaced the creation-time password", "put the first value"],
    version: token,
    username: user,
  };
};
