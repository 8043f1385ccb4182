import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { randomSecrets, randomValues } from "../rotation/random-values.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { rotateRandomEnv } from "./env.ts";

/** Rotates the keys of cookies, anti-forgery tokens, password hashes and webhooks; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateRandomEnv, process.env);
  const log = makeLog("rotate-random");
  const store = makeSecretStore(secretsManagerClient(), log);
  const times = { refreshSeconds: env.SECRETS_REFRESH_SECONDS, slackSeconds: env.ROTATION_SLACK_SECONDS };
  const lives = randomSecrets(env.SESSION_SECONDS);
  const steps = (secret: string, purpose: keyof typeof lives) =>
    [secret, stepsFor(secret, randomValues(lives[purpose], times), store)] as const;
  const secrets = new Map([
    steps(env.APP_KEYS_SECRET_ARN, "app-keys"),
    steps(env.WEBHOOKS_SECRET_ARN, "webhooks"),
  ]);
  return rotationFunction(secrets, store, log);
});
