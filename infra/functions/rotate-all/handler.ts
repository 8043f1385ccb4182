import { lazily } from "../rotation/function.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { rotatedSecretsOf } from "../shared/rotated-secrets.ts";
import { rotateAllEnv } from "./env.ts";
import { type RotateAllSummary, rotateAll } from "./rotate-all.ts";
import { rotateAndWait } from "./rotation-service.ts";

/** Rotates secrets on demand; the stack invokes it when `rotation.generation` is raised. */
export const handler: (event: unknown) => Promise<RotateAllSummary | undefined> = lazily(() => {
  const env = readEnvironment(rotateAllEnv, process.env);
  const log = makeLog("rotate-all");
  const client = secretsManagerClient();
  const arns = rotatedSecretsOf(env);
  const timeoutMs = env.ROTATION_TIMEOUT_SECONDS * 1_000;
  return (event) =>
    rotateAll(event, (purpose, ms) => rotateAndWait(client, arns[purpose], ms), log, timeoutMs);
});
