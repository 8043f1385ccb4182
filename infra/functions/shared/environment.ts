import * as z from "zod";
import { Failure } from "./failure.ts";

/** A whole number in an environment variable. */
export const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));

/** A secret's full ARN: rotation events name secrets by it. */
export const secretArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/, "must be the ARN of a secret");

/** Where MySQL is. Its certificate must carry this name. */
export const databaseAddress = {
  DB_HOST: z.string().min(1),
  DB_PORT: integer(1, 65_535).default(3306),
  /** The secret that RDS manages for the master user. */
  DB_MASTER_SECRET_ARN: secretArn,
};

/** Where Redis is, and the ElastiCache user that the API logs in as. */
export const cacheAddress = {
  CACHE_HOST: z.string().min(1),
  CACHE_PORT: integer(1, 65_535).default(6379),
  /** ElastiCache's id of the user (not its name, which is the ACL user's). */
  CACHE_USER_ID: z.string().min(1),
  /**
   * Longest wait for ElastiCache to apply a change of the user, seconds. A step can wait twice (for an earlier change, then
   * for its own), and both must fit into the function's timeout, so that it can still report the wait.
   */
  CACHE_ACTIVE_TIMEOUT_SECONDS: integer(1, 420).default(120),
};

/** What the times of a change of keys follow from (see rotation/overlap.ts). */
export const overlapTimes = {
  /** How often every process of the API reads its secrets again, seconds: SECRETS_REFRESH_SECONDS of the API. */
  SECRETS_REFRESH_SECONDS: integer(1, 86_400).default(300),
  /** How long a rotation may take from its first to its last step before its new key would start too early, seconds. */
  ROTATION_SLACK_SECONDS: integer(1, 86_400).default(300),
};

/**
 * Reads a function's environment.
 * @throws Failure naming every variable that is missing or wrong.
 */
export const readEnvironment = <Schema extends z.ZodType>(
  schema: Schema,
  source: Record<string, string | undefined>,
): z.output<Schema> => {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Failure("bad-environment", `the function's environment is wrong: ${problems.join("; ")}`);
};
