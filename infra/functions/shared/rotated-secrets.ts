import { secretArn } from "./environment.ts";

/** Environment variables that name every secret that rotates. */
export const rotatedSecretArns = {
  DB_APP_SECRET_ARN: secretArn,
  DB_MIGRATOR_SECRET_ARN: secretArn,
  DB_MONITOR_SECRET_ARN: secretArn,
  CACHE_SECRET_ARN: secretArn,
  JWT_SECRET_ARN: secretArn,
  APP_KEYS_SECRET_ARN: secretArn,
  WEBHOOKS_SECRET_ARN: secretArn,
};

/** Their ARNs, by purpose. */
export const rotatedSecretsOf = (env: Record<keyof typeof rotatedSecretArns, string>) => ({
  "db-app": env.DB_APP_SECRET_ARN,
  "db-migrator": env.DB_MIGRATOR_SECRET_ARN,
  "db-monitor": env.DB_MONITOR_SECRET_ARN,
  cache: env.CACHE_SECRET_ARN,
  jwt: env.JWT_SECRET_ARN,
  "app-keys": env.APP_KEYS_SECRET_ARN,
  webhooks: env.WEBHOOKS_SECRET_ARN,
});
