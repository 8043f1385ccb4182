import { z } from "zod";
import { databaseAddress, secretArn } from "../shared/environment.ts";

/**
 * Environment of the function that rotates the MySQL users.
 *
 * AWS actions it calls: on the three secrets `secretsmanager:DescribeSecret`, `GetSecretValue`, `PutSecretValue`,
 * `UpdateSecretVersionStage`; on the master secret `secretsmanager:GetSecretValue`; on the secrets' key `kms:Decrypt` and
 * `kms:GenerateDataKey`, on the master secret's key `kms:Decrypt`. Network: MySQL and Secrets Manager.
 */
export const rotateMysqlEnv = z.object({
  ...databaseAddress,
  /** The secrets of the users. */
  DB_APP_SECRET_ARN: secretArn,
  DB_MIGRATOR_SECRET_ARN: secretArn,
  DB_MONITOR_SECRET_ARN: secretArn,
});
/** The variables as infra sets them: strings. */
export type RotateMysqlEnv = z.input<typeof rotateMysqlEnv>;
