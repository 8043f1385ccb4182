import * as z from "zod";
import { secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { databaseAddress, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that rotates the MySQL users.
 *
 * AWS actions it calls: on the secrets `secretsmanager:DescribeSecret`, `GetSecretValue`, `PutSecretValue`,
 * `UpdateSecretVersionStage`; on the master secret `secretsmanager:GetSecretValue`; on the secrets' key `kms:Decrypt` and
 * `kms:GenerateDataKey`, on the master secret's key `kms:Decrypt`. Network: MySQL and Secrets Manager.
 */
export const rotateMysqlEnv = z.object({
  ...databaseAddress,
  ...secretArnVariables(secretsRotatedBy("mysql-user"), () => secretArn),
});
/** The variables as infra sets them: strings. */
export type RotateMysqlEnv = z.input<typeof rotateMysqlEnv>;
