import * as z from "zod";
import { secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { cacheAddress, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that rotates the Redis user's password.
 *
 * AWS actions it calls: on the secret `secretsmanager:DescribeSecret`, `GetSecretValue`, `PutSecretValue`,
 * `UpdateSecretVersionStage`; on its key `kms:Decrypt` and `kms:GenerateDataKey`; on the ElastiCache user
 * `elasticache:DescribeUsers` and `elasticache:ModifyUser`. Network: Redis, Secrets Manager and ElastiCache's API.
 */
export const rotateCacheEnv = z.object({
  ...cacheAddress,
  ...secretArnVariables(secretsRotatedBy("cache-user"), () => secretArn),
});
/** The variables as infra sets them: strings. */
export type RotateCacheEnv = z.input<typeof rotateCacheEnv>;
