import { type CacheCredentials, cacheCredentials } from "../../../app/contract/secret-values.ts";
import type { CacheAccount } from "../redis/cache-account.ts";
import { Failure } from "../shared/failure.ts";
import { makePassword } from "../shared/generate.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Rotates the Redis user by two overlapping passwords (R3): it adds the new one to the current one, and removes the previous
 * one. Both work until the next rotation.
 * @param username the only user this secret can name.
 */
export const cacheUser = (username: string, account: CacheAccount): Strategy<CacheCredentials> => {
  const refuseForeign = (value: CacheCredentials): void => {
    if (value.username === username) return;
    throw new Failure("mismatched-value", `the secret names user "${value.username}", not "${username}"`);
  };
  return {
    schema: cacheCredentials,
    next: async (current) => {
      refuseForeign(current);
      return { username, password: makePassword() };
    },
    check: (pending, current) => {
      refuseForeign(current);
      refuseForeign(pending);
    },
    set: async (pending, current) => {
      const name = await account.name();
      if (name !== username) {
        throw new Failure("mismatched-value", `the ElastiCache user is named "${name}", not "${username}"`);
      }
      await account.settled();
      // A caller without the current password must not change the account (confused deputy).
      if (!(await account.accepts(username, current.password))) {
        const message = `Redis refuses the current password of "${username}"; the bootstrap function repairs that`;
        throw new Failure("current-refused", message);
      }
      if (await account.accepts(username, pending.password)) return;
      await account.setPasswords(username, [pending.password, current.password]);
    },
    test: async (value) => {
      if (await account.accepts(username, value.password)) return;
      throw new Failure("pending-refused", `Redis refuses the password of "${username}"`);
    },
  };
};
