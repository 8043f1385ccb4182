import { rotatedPurposes } from "../../../app/contract/secrets.ts";
import { lazily } from "../rotation/function.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { rotateAllEnv } from "./env.ts";
import { type RotateAllSummary, rotateAll } from "./rotate-all.ts";
import { rotateAndWait } from "./rotation-service.ts";

/** Rotates secrets on demand; the stack invokes it when `rotation.generation` is raised. */
export const handler: (event: unknown) => Promise<RotateAllSummary | undefined> = lazily(() => {
  const env = readEnvironment(rotateAllEnv, process.env);
  const log = makeLog("rotate-all");
  const client = secretsManagerClient();
  const arns = secretArnsOf(rotatedPurposes, env);
  const timeoutMs = env.ROTATION_TIMEOUT_SECONDS * 1_000;
  return (event) =>
    rotateAll(event, (purpose, ms) => rotateAndWait(client, arns[purpose], ms), log, timeoutMs);
});
