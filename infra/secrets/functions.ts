import * as pulumi from "@pulumi/pulumi";
import type { SecretPurpose } from "../../app/contract/secrets.ts";
import type { Cache } from "../cache/cache.ts";
import type { Database } from "../database/database.ts";
import type { AuditSecretsEnv } from "../functions/audit-secrets/env.ts";
import type { BootstrapEnv } from "../functions/bootstrap/env.ts";
import type { RotateAllEnv } from "../functions/rotate-all/env.ts";
import type { RotateCacheEnv } from "../functions/rotate-cache/env.ts";
import type { RotateJwtEnv } from "../functions/rotate-jwt/env.ts";
import type { RotateMysqlEnv } from "../functions/rotate-mysql/env.ts";
import type { RotateRandomEnv } from "../functions/rotate-random/env.ts";
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
  database: Database;
  cache: Cache;
  arns: Record<SecretPurpose, pulumi.Output<string>>;
  secretsKeyArn: pulumi.Input<string>;
  region: string;
  /** How long binlogs stay on the server. */
  binlogRetentionHours: number;
  /** How often the API reads its secrets again, seconds; none: the API's default. */
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
  purposes: readonly SecretPurpose[];
  plan: FunctionPlan;
}

/** One function per kind of secret: each may touch its own and no other. */
export const families = (data: DataPlane): Family[] => [
  mysqlUsers(data),
  cacheUser(data),
  jwtKeys(data),
  randomValues(data),
];

const key = ({ secretsKeyArn, region }: DataPlane, secretArns: readonly pulumi.Input<string>[]) =>
  mayUseSecretsKey(secretsKeyArn, region, secretArns);

function mysqlUsers(data: DataPlane): Family {
  const { arns, database } = data;
  const environment: EnvironmentOf<RotateMysqlEnv> = {
    ...mysqlAddress(data),
    DB_APP_SECRET_ARN: arns["db-app"],
    DB_MIGRATOR_SECRET_ARN: arns["db-migrator"],
    DB_MONITOR_SECRET_ARN: arns["db-monitor"],
  };
  const purposes = ["db-app", "db-migrator", "db-monitor"] as const;
  const own = purposes.map((purpose) => arns[purpose]);
  return {
    purposes,
    plan: {
      code: "rotate-mysql",
      description: "Rotates the MySQL users: two per secret, used in turn",
      environment,
      statements: [
        mayRotate(own),
        mayReadMaster(database.masterSecretArn),
        key(data, [...own, database.masterSecretArn]),
      ],
      destinations: [mysql(data)],
    },
  };
}

function cacheUser(data: DataPlane): Family {
  const { arns, cache } = data;
  const environment: EnvironmentOf<RotateCacheEnv> = { ...cacheAddress(data), CACHE_SECRET_ARN: arns.cache };
  return {
    purposes: ["cache"],
    plan: {
      code: "rotate-cache",
      description: "Rotates the Redis user: two passwords, the newest and the one before",
      environment,
      statements: [mayRotate([arns.cache]), maySetCachePassword(cache.userArn), key(data, [arns.cache])],
      destinations: [redis(data)],
    },
  };
}

function jwtKeys(data: DataPlane): Family {
  const environment: EnvironmentOf<RotateJwtEnv> = { ...refresh(data), JWT_SECRET_ARN: data.arns.jwt };
  return {
    purposes: ["jwt"],
    plan: {
      code: "rotate-jwt",
      description: "Rotates the keys that sign access tokens; tokens signed before stay valid",
      environment,
      statements: [mayRotate([data.arns.jwt]), key(data, [data.arns.jwt])],
      destinations: [],
    },
  };
}

function randomValues(data: DataPlane): Family {
  const { arns } = data;
  const environment: EnvironmentOf<RotateRandomEnv> = {
    ...refresh(data),
    APP_KEYS_SECRET_ARN: arns["app-keys"],
    WEBHOOKS_SECRET_ARN: arns.webhooks,
  };
  const own = [arns["app-keys"], arns.webhooks];
  return {
    purposes: ["app-keys", "webhooks"],
    plan: {
      code: "rotate-random",
      description: "Rotates the application's own keys; the ones before stay accepted",
      environment,
      statements: [mayRotate(own), key(data, own)],
      destinations: [],
    },
  };
}

/** The function that makes a new environment usable: schemas, users, grants, and the first value of every secret. */
export function bootstrapPlan(data: DataPlane): FunctionPlan {
  const { arns, database, cache } = data;
  const environment: EnvironmentOf<BootstrapEnv> = {
    ...mysqlAddress(data),
    ...cacheAddress(data),
    BINLOG_RETENTION_HOURS: String(data.binlogRetentionHours),
    DB_APP_SECRET_ARN: arns["db-app"],
    DB_MIGRATOR_SECRET_ARN: arns["db-migrator"],
    DB_MONITOR_SECRET_ARN: arns["db-monitor"],
    CACHE_SECRET_ARN: arns.cache,
    JWT_SECRET_ARN: arns.jwt,
    APP_KEYS_SECRET_ARN: arns["app-keys"],
    TWILIO_SECRET_ARN: arns.twilio,
    WEBHOOKS_SECRET_ARN: arns.webhooks,
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
  const environment: EnvironmentOf<Omit<RotateAllEnv, "ROTATION_TIMEOUT_SECONDS">> = namesOfRotated(arns);
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
    ...namesOfRotated(arns),
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

/** Every secret but Twilio's, whose value comes from a person. */
export const rotatedArns = ({
  twilio: _fromAPerson,
  ...rotated
}: DataPlane["arns"]): pulumi.Output<string>[] => Object.values(rotated);

const namesOfRotated = (arns: DataPlane["arns"]) => ({
  DB_APP_SECRET_ARN: arns["db-app"],
  DB_MIGRATOR_SECRET_ARN: arns["db-migrator"],
  DB_MONITOR_SECRET_ARN: arns["db-monitor"],
  CACHE_SECRET_ARN: arns.cache,
  JWT_SECRET_ARN: arns.jwt,
  APP_KEYS_SECRET_ARN: arns["app-keys"],
  WEBHOOKS_SECRET_ARN: arns.webhooks,
});
