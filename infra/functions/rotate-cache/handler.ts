import { secretCatalogue, secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { cacheAccount } from "../redis/cache-account.ts";
import { cacheLogin } from "../redis/login.ts";
import { cacheUser } from "../rotation/cache-user.ts";
import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { elastiCacheClient, secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { trustedAuthorities } from "../shared/trust.ts";
import { rotateCacheEnv } from "./env.ts";

/** Rotates the password of the Redis user; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateCacheEnv, process.env);
  const log = makeLog("rotate-cache");
  const store = makeSecretStore(secretsManagerClient(), log);
  const address = { host: env.CACHE_HOST, port: env.CACHE_PORT, authorities: trustedAuthorities() };
  const account = cacheAccount(elastiCacheClient(), cacheLogin(address), {
    userId: env.CACHE_USER_ID,
    timeoutSeconds: env.CACHE_ACTIVE_TIMEOUT_SECONDS,
  });
  const purposes = secretsRotatedBy("cache-user");
  const arns = secretArnsOf(purposes, env);
  const steps = purposes.map((purpose) => {
    const { user } = secretCatalogue[purpose].rotation;
    return [arns[purpose], stepsFor(arns[purpose], cacheUser(user, account), store)] as const;
  });
  return rotationFunction(new Map(steps), store, log);
});
