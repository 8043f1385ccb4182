import * as pulumi from "@pulumi/pulumi";
import { keysOf } from "../../app/contract/records.ts";
import {
  type RotatedPurpose,
  type RotationStrategy,
  rotatedPurposes,
  type SecretPurpose,
  secretPurposes,
  secretsRotatedBy,
} from "../../app/contract/secrets.ts";
import type { Cache } from "../cache/cache.ts";
import type { Database } from "../database/database.ts";
import type { AuditSecretsEnv } from "../functions/audit-secrets/env.ts";
import type { BootstrapEnv } from "../functions/bootstrap/env.ts";
import type { RotateAllEnv } from "../functions/rotate-all/env.ts";
import type { RotateCacheEnv } from "../functions/rotate-cache/env.ts";
import type { RotateJwtEnv } from "../functions/rotate-jwt/env.ts";
import type { RotateMysqlEnv } from "../functions/rotate-mysql/env.ts";
import type { RotateRandomEnv } from "../functions/rotate-random/env.ts";
import { secretArnVariables } from "../functions/shared/secret-arns.ts";
import type { Destination, VpcFunctionArgs } from "../lib/vpc-function.ts";
import {
  mayDescribe,
  mayFill,
  mayReadMaster,
  mayRotate,
  maySetCachePassword,
  mayStartRotation,
  mayUseSecretsKey,
} from "./permissions.ts";

/** What the functions work on. */
export interface DataPlane {
  /** Whose users are made and rotated. */
  database: Database;
  /** Whose user is rotated. */
  cache: Cache;
  /** ARN of each secret. */
  arns: Record<SecretPurpose, pulumi.Output<string>>;
  /** KMS key of the secrets. */
  secretsKeyArn: pulumi.Input<string>;
  /** Region of the stack. */
  region: string;
  /** How long binlogs stay on the server. */
  binlogRetentionHours: number;
  /** How often the API reads its secrets again, seconds. Undefined: the API's default. */
  refreshSeconds: string | undefined;
}

/** A function's environment as its own schema states it, with values that may be known later. */
type EnvironmentOf<Env> = { [Name in keyof Env]: pulumi.Input<NonNullable<Env[Name]>> };

/** What tells one function from another. */
export type FunctionPlan = Pick<
  VpcFunctionArgs,
  "code" | "description" | "environment" | "statements" | "destinations" | "timeoutSeconds"
>;

const mysql = ({ database }: DataPlane): Destination => ({
  what: "mysql",
  securityGroupId: database.securityGroupId,
  port: database.portNumber,
  admit: (who, group) => database.admit(who, group),
});

const redis = ({ cache }: DataPlane): Destination => ({
  what: "redis",
  securityGroupId: cache.securityGroupId,
  port: cache.portNumber,
  admit: (who, group) => cache.admit(who, group),
});

const mysqlAddress = ({ database }: DataPlane) => ({
  DB_HOST: database.host,
  DB_PORT: pulumi.interpolate`${database.port}`,
  DB_MASTER_SECRET_ARN: database.masterSecretArn,
});

const cacheAddress = ({ cache }: DataPlane) => ({
  CACHE_HOST: cache.host,
  CACHE_PORT: cache.port.apply(String),
  CACHE_USER_ID: cache.userId,
});

const refresh = ({ refreshSeconds }: DataPlane) =>
  refreshSeconds === undefined ? {} : { SECRETS_REFRESH_SECONDS: refreshSeconds };

/** A rotation function and the secrets it rotates. */
export interface Family {
  purposes: readonly RotatedPurpose[];
  plan: FunctionPlan;
}

/** One function for each way to rotate: it may touch the secrets that are rotated so, and no other. */
export const families = (data: DataPlane): Family[] =>
  keysOf(plans).map((strategy) => ({ purposes: secretsRotatedBy(strategy), plan: plans[strategy](data) }));

const plans: Record<RotationStrategy, (data: DataPlane) => FunctionPlan> = {
  "mysql-user": mysqlUsers,
  "cache-user": cacheUser,
  "signing-keys": signingKeys,
  "random-values": randomValues,
};

const key = ({ secretsKeyArn, region }: DataPlane, secretArns: readonly pulumi.Input<string>[]) =>
  mayUseSecretsKey(secretsKeyArn, region, secretArns);

function mysqlUsers(data: DataPlane): FunctionPlan {
  const { masterSecretArn } = data.database;
  const variables = secretArnVariables(secretsRotatedBy("mysql-user"), (purpose) => data.arns[purpose]);
  const environment: EnvironmentOf<RotateMysqlEnv> = { ...mysqlAddress(data), ...variables };
  const own = Object.values(variables);
  return {
    code: "rotate-mysql",
    description: "Rotates the MySQL users: two per secret, used in turn",
    environment,
    statements: [mayRotate(own), mayReadMaster(masterSecretArn), key(data, [...own, masterSecretArn])],
    destinations: [mysql(data)],
  };
}

function cacheUser(data: DataPlane): FunctionPlan {
  const variables = secretArnVariables(secretsRotatedBy("cache-user"), (purpose) => data.arns[purpose]);
  const environment: EnvironmentOf<RotateCacheEnv> = { ...cacheAddress(data), ...variables };
  const own = Object.values(variables);
  return {
    code: "rotate-cache",
    description: "Rotates the Redis user: two passwords, the newest and the one before",
    environment,
    statements: [mayRotate(own), maySetCachePassword(data.cache.userArn), key(data, own)],
    destinations: [redis(data)],
  };
}

function signingKeys(data: DataPlane): FunctionPlan {
  const variables = secretArnVariables(secretsRotatedBy("signing-keys"), (purpose) => data.arns[purpose]);
  const environment: EnvironmentOf<RotateJwtEnv> = { ...refresh(data), ...variables };
  const own = Object.values(variables);
  return {
    code: "rotate-jwt",
    description: "Rotates the keys that sign access tokens; tokens signed before stay valid",
    environment,
    statements: [mayRotate(own), key(data, own)],
    destinations: [],
  };
}

function randomValues(data: DataPlane): FunctionPlan {
  const variables = secretArnVariables(secretsRotatedBy("random-values"), (purpose) => data.arns[purpose]);
  const environment: EnvironmentOf<RotateRandomEnv> = { ...refresh(data), ...variables };
  const own = Object.values(variables);
  return {
    code: "rotate-random",
    description: "Rotates the application's own keys; the ones before stay accepted",
    environment,
    statements: [mayRotate(own), key(data, own)],
    destinations: [],
  };
}

/** The function that makes a new environment usable: schemas, users, grants, and the first value of every secret. */
export function bootstrapPlan(data: DataPlane): FunctionPlan {
  const { arns, database, cache } = data;
  const environment: EnvironmentOf<BootstrapEnv> = {
    ...mysqlAddress(data),
    ...cacheAddress(data),
    BINLOG_RETENTION_HOURS: String(data.binlogRetentionHours),
    ...secretArnVariables(secretPurposes, (purpose) => arns[purpose]),
  };
  return {
    code: "bootstrap",
    description: "Makes schemas, users, grants and the first value of every secret",
    environment,
    statements: [
      mayFill(Object.values(arns)),
      mayReadMaster(database.masterSecretArn),
      maySetCachePassword(cache.userArn),
      key(data, [...Object.values(arns), database.masterSecretArn]),
    ],
    destinations: [mysql(data), redis(data)],
  };
}

/** The function that rotates all secrets on demand, one after the other. It sees no secret value. */
export function rotateAllPlan(
  { arns }: DataPlane,
  rotationFunctions: readonly pulumi.Output<string>[],
): FunctionPlan {
  const environment: EnvironmentOf<Omit<RotateAllEnv, "ROTATION_TIMEOUT_SECONDS">> = rotatedVariables(arns);
  return {
    code: "rotate-all",
    description: "Rotates every secret on demand, one after the other",
    environment,
    statements: mayStartRotation(rotatedArns(arns), rotationFunctions),
    destinations: [],
    timeoutSeconds: 900,
  };
}

/** What the audit holds the secrets against. */
export interface AuditLimits {
  /** Longest time between two rotations that the schedule leaves, days. */
  rotationDays: number;
  /** Days without a fetch after which a secret that the API reads counts as unused. */
  unusedAfterDays: number;
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
}

/** The function that looks for overdue and unused secrets. It sees no secret value. */
export function auditPlan({ arns, database }: DataPlane, limits: AuditLimits): FunctionPlan {
  const environment: EnvironmentOf<AuditSecretsEnv> = {
    ...rotatedVariables(arns),
    DB_MASTER_SECRET_ARN: database.masterSecretArn,
    ROTATION_DAYS: String(limits.rotationDays),
    UNUSED_AFTER_DAYS: String(limits.unusedAfterDays),
    METRIC_NAMESPACE: limits.metricNamespace,
  };
  return {
    code: "audit-secrets",
    description: "Looks for secrets whose rotation is overdue and for those that nobody fetches any more",
    environment,
    statements: [mayDescribe([...rotatedArns(arns), database.masterSecretArn])],
    destinations: [],
    timeoutSeconds: 60,
  };
}

/** ARNs of the secrets that rotate. */
export const rotatedArns = (arns: DataPlane["arns"]): pulumi.Output<string>[] =>
  rotatedPurposes.map((purpose) => arns[purpose]);

const rotatedVariables = (arns: DataPlane["arns"]) =>
  secretArnVariables(rotatedPurposes, (purpose) => arns[purpose]);
