import { secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { signingKeys } from "../rotation/signing-keys.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { rotateJwtEnv } from "./env.ts";

/** Rotates the keys that sign access tokens; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateJwtEnv, process.env);
  const log = makeLog("rotate-jwt");
  const store = makeSecretStore(secretsManagerClient(), log);
  const times = {
    refreshSeconds: env.SECRETS_REFRESH_SECONDS,
    slackSeconds: env.ROTATION_SLACK_SECONDS,
    lifeSeconds: env.ACCESS_TOKEN_SECONDS,
  };
  const arns = Object.values(secretArnsOf(secretsRotatedBy("signing-keys"), env));
  const steps = arns.map((arn) => [arn, stepsFor(arn, signingKeys(times), store)] as const);
  return rotationFunction(new Map(steps), store, log);
});
