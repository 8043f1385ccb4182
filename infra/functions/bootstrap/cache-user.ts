import { randomUUID } from "node:crypto";
import { applicationAccess } from "../../../app/contract/cache-access.ts";
import { cacheCredentials } from "../../../app/contract/secret-values.ts";
import { type CacheAccount, givesSameRights } from "../redis/cache-account.ts";
import { Failure } from "../shared/failure.ts";
import { makePassword } from "../shared/generate.ts";
import type { SecretStore } from "../shared/secret-store.ts";
import type { UserResult } from "./database-user.ts";

/**
 * Gives the Redis user, which the stack makes switched off, its rights and its first password, which only the secret holds; or
 * gives it those again when they have become others. It never switches the user on with a password that is not the secret's.
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
    const isRight = givesSameRights(await account.access(), applicationAccess);
    if (await account.accepts(username, password)) {
      if (isRight) return { ...result, changes: [] };
      // Both passwords of an overlap stay.
      await account.setAccess(applicationAccess);
      return { ...result, changes: [rightsSet(username)] };
    }
    await account.setPasswords(username, [password], applicationAccess);
    const changes = [`set the password of ${username} to the secret's`];
    return { ...result, changes: isRight ? changes : [...changes, rightsSet(username)] };
  }
  const wanted = { username: user, password: makePassword() };
  await account.setPasswords(user, [wanted.password], applicationAccess);
  const token = randomUUID();
  await store.write(secret, wanted, { stage: "AWSCURRENT", token });
  return {
    changes: [`switched ${user} on`, "put the first value"],
    version: token,
    username: user,
  };
};

const rightsSet = (username: string): string => `set the rights of ${username}`;
