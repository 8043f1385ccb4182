import { secretCatalogue, secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { livesOf, randomValues } from "../rotation/random-values.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { rotateRandomEnv } from "./env.ts";

/** Rotates the keys that the product itself makes; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateRandomEnv, process.env);
  const log = makeLog("rotate-random");
  const store = makeSecretStore(secretsManagerClient(), log);
  const times = { refreshSeconds: env.SECRETS_REFRESH_SECONDS, slackSeconds: env.ROTATION_SLACK_SECONDS };
  const purposes = secretsRotatedBy("random-values");
  const arns = secretArnsOf(purposes, env);
  const steps = purposes.map((purpose) => {
    const lives = livesOf(secretCatalogue[purpose].rotation.values, env.SESSION_SECONDS);
    return [arns[purpose], stepsFor(arns[purpose], randomValues(lives, times), store)] as const;
  });
  return rotationFunction(new Map(steps), store, log);
});
