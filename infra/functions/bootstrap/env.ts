import * as z from "zod";
import { secretPurposes } from "../../../app/contract/secrets.ts";
import { cacheAddress, databaseAddress, integer, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that makes a new environment usable: schemas, users, grants and the first secret values.
 *
 * AWS actions it calls: on all secrets `secretsmanager:GetSecretValue` and `PutSecretValue`; on the master secret
 * `secretsmanager:GetSecretValue`; on the secrets' key `kms:Decrypt` and `kms:GenerateDataKey`, on the master secret's key
 * `kms:Decrypt`; on the ElastiCache user `elasticache:DescribeUsers` and `elasticache:ModifyUser`. Network: MySQL, Redis,
 * Secrets Manager and ElastiCache's API.
 */
export const bootstrapEnv = z.object({
  ...databaseAddress,
  ...cacheAddress,
  /** How long binlogs must stay on the server, hours: what point-in-time drills replay. */
  BINLOG_RETENTION_HOURS: integer(1, 2_160).default(168),
  ...secretArnVariables(secretPurposes, () => secretArn),
});
/** The variables as infra sets them: strings. */
export type BootstrapEnv = z.input<typeof bootstrapEnv>;
