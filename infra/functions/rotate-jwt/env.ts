import * as z from "zod";
import { accessTokenSeconds } from "../../../app/contract/lifetimes.ts";
import { secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { integer, overlapTimes, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that rotates the keys of access tokens.
 *
 * AWS actions it calls: on the secret `secretsmanager:DescribeSecret`, `GetSecretValue`, `PutSecretValue`,
 * `UpdateSecretVersionStage`; on its key `kms:Decrypt` and `kms:GenerateDataKey`. Network: Secrets Manager.
 */
export const rotateJwtEnv = z.object({
  ...overlapTimes,
  /** Longest life of an access token, seconds. */
  ACCESS_TOKEN_SECONDS: integer(1, 86_400).default(accessTokenSeconds),
  ...secretArnVariables(secretsRotatedBy("signing-keys"), () => secretArn),
});
/** The variables as infra sets them: strings. */
export type RotateJwtEnv = z.input<typeof rotateJwtEnv>;
