import { cacheUser as cacheUserName } from "../../../app/contract/database-users.ts";
import { cacheAccount } from "../redis/cache-account.ts";
import { cacheLogin } from "../redis/login.ts";
import { cacheUser } from "../rotation/cache-user.ts";
import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { elastiCacheClient, secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { trustedAuthorities } from "../shared/trust.ts";
import { rotateCacheEnv } from "./env.ts";

/** Rotates the password of the API's Redis user; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateCacheEnv, process.env);
  const log = makeLog("rotate-cache");
  const store = makeSecretStore(secretsManagerClient(), log);
  const address = { host: env.CACHE_HOST, port: env.CACHE_PORT, authorities: trustedAuthorities() };
  const account = cacheAccount(elastiCacheClient(), cacheLogin(address), {
    userId: env.CACHE_USER_ID,
    timeoutSeconds: env.CACHE_ACTIVE_TIMEOUT_SECONDS,
  });
  const secret = env.CACHE_SECRET_ARN;
  const steps = stepsFor(secret, cacheUser(cacheUserName, account), store);
  return rotationFunction(new Map([[secret, steps]]), store, log);
});
