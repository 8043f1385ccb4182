import { DescribeSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { rotatedPurposes } from "../../../app/contract/secrets.ts";
import { lazily } from "../rotation/function.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { Failure } from "../shared/failure.ts";
import { makeLog } from "../shared/log.ts";
import { writeMetrics } from "../shared/metrics.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { type AuditSummary, auditSecrets } from "./audit.ts";
import { auditSecretsEnv } from "./env.ts";
import type { SecretLife } from "./judgement.ts";

/** Looks for overdue and unused secrets; a schedule invokes it. The event's contents do not matter. */
export const handler: (event: unknown) => Promise<AuditSummary | undefined> = lazily(() => {
  const env = readEnvironment(auditSecretsEnv, process.env);
  const log = makeLog("audit-secrets");
  const client = secretsManagerClient();
  const arns = { ...secretArnsOf(rotatedPurposes, env), "db-master": env.DB_MASTER_SECRET_ARN };
  const audited = [...rotatedPurposes, "db-master"] as const;
  const limits = { rotationDays: env.ROTATION_DAYS, unusedAfterDays: env.UNUSED_AFTER_DAYS };
  return () =>
    auditSecrets(audited, (purpose) => lifeOf(client, arns[purpose]), limits, {
      log,
      measure: (figures) => writeMetrics(env.METRIC_NAMESPACE, figures),
      now: new Date(),
    });
});

/** @throws Failure when Secrets Manager does not say when the secret was made. */
export const lifeOf = async (client: SecretsManagerClient, secret: string): Promise<SecretLife> => {
  const answer = await client.send(new DescribeSecretCommand({ SecretId: secret }));
  if (answer.CreatedDate === undefined)
    throw new Failure("aws-error", `Secrets Manager gives ${secret} no CreatedDate`);
  return {
    rotationEnabled: answer.RotationEnabled === true,
    createdAt: answer.CreatedDate,
    rotatedAt: answer.LastRotatedDate,
    accessedAt: answer.LastAccessedDate,
  };
};
