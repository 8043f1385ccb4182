import * as z from "zod";
import { rotatedPurposes } from "../../../app/contract/secrets.ts";
import { integer, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that looks for secrets whose rotation is overdue and for those without recent fetches.
 *
 * AWS actions it calls: on the secrets that rotate and the master user's `secretsmanager:DescribeSecret`, which shows dates
 * and labels. It reads no secret value and needs no key. Network: Secrets Manager.
 */
export const auditSecretsEnv = z.object({
  ...secretArnVariables(rotatedPurposes, () => secretArn),
  /** Of the master user: RDS makes and rotates it. */
  DB_MASTER_SECRET_ARN: secretArn,
  /** Longest time between two rotations that the schedule leaves, days. */
  ROTATION_DAYS: integer(1, 365),
  /** Days without a fetch after which a secret that the API reads counts as unused. */
  UNUSED_AFTER_DAYS: integer(2, 365),
  /** CloudWatch namespace of the environment's own metrics. */
  METRIC_NAMESPACE: z.string().min(1).max(255),
});
/** The variables as infra sets them: strings. */
export type AuditSecretsEnv = z.input<typeof auditSecretsEnv>;
