import { z } from "zod";
import { integer, overlapTimes, secretArn } from "../shared/environment.ts";

/**
 * Environment of the function that rotates the application's own random values.
 *
 * AWS actions it calls: on the two secrets `secretsmanager:DescribeSecret`, `GetSecretValue`, `PutSecretValue`,
 * `UpdateSecretVersionStage`; on their key `kms:Decrypt` and `kms:GenerateDataKey`. Network: Secrets Manager.
 */
export const rotateRandomEnv = z.object({
  ...overlapTimes,
  /** Longest life of what is made with a value, seconds: a session's cookies. */
  SESSION_SECONDS: integer(1, 31_536_000).default(604_800),
  APP_KEYS_SECRET_ARN: secretArn,
  WEBHOOKS_SECRET_ARN: secretArn,
});
/** The variables as infra sets them: strings. */
export type RotateRandomEnv = z.input<typeof rotateRandomEnv>;
