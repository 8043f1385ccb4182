import { z } from "zod";
import { integer, secretArn } from "../shared/environment.ts";

/**
 * Environment of the function that rotates secrets on demand, one after the other.
 *
 * AWS actions it calls: on the seven secrets `secretsmanager:RotateSecret` and `DescribeSecret`; on the four rotation
 * functions `lambda:InvokeFunction`, which RotateSecret asks of its caller. It reads no secret value and needs no key.
 * Network: Secrets Manager.
 */
export const rotateAllEnv = z.object({
  DB_APP_SECRET_ARN: secretArn,
  DB_MIGRATOR_SECRET_ARN: secretArn,
  DB_MONITOR_SECRET_ARN: secretArn,
  CACHE_SECRET_ARN: secretArn,
  JWT_SECRET_ARN: secretArn,
  APP_KEYS_SECRET_ARN: secretArn,
  WEBHOOKS_SECRET_ARN: secretArn,
  /** How long all rotations together may take, seconds: less than the function's own time, so that it can still report. */
  ROTATION_TIMEOUT_SECONDS: integer(1, 890).default(840),
});
/** The variables as infra sets them: strings. */
export type RotateAllEnv = z.input<typeof rotateAllEnv>;
