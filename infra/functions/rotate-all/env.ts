import * as z from "zod";
import { rotatedPurposes } from "../../../app/contract/secrets.ts";
import { integer, secretArn } from "../shared/environment.ts";
import { secretArnVariables } from "../shared/secret-arns.ts";

/**
 * Environment of the function that rotates secrets on demand, one after the other.
 *
 * AWS actions it calls: on the secrets that rotate `secretsmanager:RotateSecret` and `DescribeSecret`; on the rotation
 * functions `lambda:InvokeFunction`, which RotateSecret asks of its caller. It reads no secret value and needs no key.
 * Network: Secrets Manager.
 */
export const rotateAllEnv = z.object({
  ...secretArnVariables(rotatedPurposes, () => secretArn),
  /** Time limit of all rotations together, seconds: below the function's own timeout, so that it can still report. */
  ROTATION_TIMEOUT_SECONDS: integer(1, 890).default(840),
});
/** The variables as infra sets them: strings. */
export type RotateAllEnv = z.input<typeof rotateAllEnv>;
