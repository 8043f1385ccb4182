import * as z from "zod";
import { sessionIdleSeconds } from "../../../app/contract/lifetimes.ts";
import { secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { integer, overlapTimes, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that rotates the application's own random values.
 *
 * AWS actions it calls: on the secrets `secretsmanager:DescribeSecret`, `GetSecretValue`, `PutSecretValue`,
 * `UpdateSecretVersionStage`; on their key `kms:Decrypt` and `kms:GenerateDataKey`. Network: Secrets Manager.
 */
export const rotateRandomEnv = z.object({
  ...overlapTimes,
  /** Longest life of what is made with a value, seconds: a session's cookies. */
  SESSION_SECONDS: integer(1, 31_536_000).default(sessionIdleSeconds),
  ...secretArnVariables(secretsRotatedBy("random-values"), () => secretArn),
});
/** The variables as infra sets them: strings. */
export type RotateRandomEnv = z.input<typeof rotateRandomEnv>;
