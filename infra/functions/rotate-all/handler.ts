import { lazily } from "../rotation/function.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { rotateAllEnv } from "./env.ts";
import { type RotateAllSummary, type RotatedPurpose, rotateAll } from "./rotate-all.ts";
import { rotateAndWait } from "./rotation-service.ts";

/** Rotates secrets on demand; the stack invokes it when `rotation.generation` is raised. */
export const handler: (event: unknown) => Promise<RotateAllSummary> = lazily(() => {
  const env = readEnvironment(rotateAllEnv, process.env);
  const log = makeLog("rotate-all");
  const client = secretsManagerClient();
  const arns: Record<RotatedPurpose, string> = {
    "db-app": env.DB_APP_SECRET_ARN,
    "db-migrator": env.DB_MIGRATOR_SECRET_ARN,
    "db-monitor": env.DB_MONITOR_SECRET_ARN,
    cache: env.CACHE_SECRET_ARN,
    jwt: env.JWT_SECRET_ARN,
    "app-keys": env.APP_KEYS_SECRET_ARN,
    webhooks: env.WEBHOOKS_SECRET_ARN,
  };
  const timeoutMs = env.ROTATION_TIMEOUT_SECONDS * 1_000;
  return (event) =>
    rotateAll(event, (purpose, ms) => rotateAndWait(client, arns[purpose], ms), log, timeoutMs);
});
