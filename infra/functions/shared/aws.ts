import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/**
 * Fails soon and tries again: a call that hangs must not eat the function's whole time. Region, credentials and endpoint come
 * from the environment, as Lambda sets it.
 */
const settings = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
};

export const secretsManagerClient = (): SecretsManagerClient => new SecretsManagerClient(settings);
export const elastiCacheClient = (): ElastiCacheClient => new ElastiCacheClient(settings);
