import * as z from "zod";
import { isRegion } from "../regions.ts";
import { days, logRetention } from "./values.ts";

export const database = z.strictObject({
  /** `8.4` follows the minors in the maintenance window; `8.4.8` stays there until this value changes. No default. */
  engineVersion: z
    .string()
    .regex(/^8\.4(\.\d+)?$/, 'must be "8.4" or an RDS MySQL 8.4 minor, in quotes')
    .meta({ example: "8.4" }),
  /** RDS instance class, `db.t4g.medium` or larger. No default. */
  instanceClass: z
    .string()
    .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "must be an RDS instance class, such as db.t4g.medium")
    .meta({ example: "db.t4g.medium" }),
  /** A standby in another zone, which takes over when the primary fails. No default. */
  multiAz: z.boolean(),
  /** GiB, gp3. Leaves autoscaling the tenth that it needs below RDS's own limit. No default. */
  storageGb: z.number().int().min(20).max(59_500),
  /** Ceiling of storage autoscaling, GiB. No default. */
  maxStorageGb: z.number().int().min(20).max(65_536),
  /** Days of point-in-time recovery. The new instance gets it; AWS Backup applies a change within a day. No default. */
  backupRetentionDays: days(1, 35),
  /** Hours that binlogs stay on the server. Default 168, which is a week. */
  binlogRetentionHours: z.number().int().min(24).max(168).default(168),
  /** Whether changes restart the instance at once. Default false: in the maintenance window. */
  applyImmediately: z.boolean().default(false),
  /** Whether RDS refuses to delete the database. No default. */
  deletionProtection: z.boolean(),
  /** A snapshot when the database is deleted; keeps the keys and groups that restoring it needs. No default. */
  finalSnapshot: z.boolean(),
  /** Enhanced monitoring, seconds between samples. Default 60. */
  monitoringIntervalSeconds: z.literal([1, 5, 10, 15, 30, 60]).default(60),
  /** Database Insights: `advanced` keeps 15 months and costs per vCPU. Default `standard`. */
  insights: z.enum(["standard", "advanced"]).default("standard"),
  /** UTC. Keeps clear of the maintenance window, and an hour of 02:00, when the daily backup runs. Default 04:00-04:30. */
  backupWindow: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "must be hh:mm-hh:mm in UTC")
    .default("04:00-04:30"),
  /** UTC. When RDS patches and restarts the database. Default sun:05:30-sun:06:30. */
  maintenanceWindow: z
    .string()
    .regex(
      /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
      "must be ddd:hh:mm-ddd:hh:mm in UTC",
    )
    .default("sun:05:30-sun:06:30"),
  /** Days that the database's logs are kept. Default 90. */
  logRetentionDays: logRetention,
});

export const cache = z.strictObject({
  /** Default `valkey`. */
  engine: z.enum(["redis", "valkey"]).default("valkey"),
  /** `major.minor`, with user groups: Valkey from 7.2, Redis 6.2 to 7.1. No default. */
  engineVersion: z
    .string()
    .regex(/^\d+\.\d+$/, "must be major.minor in quotes, such as 8.2")
    .meta({ example: "8.2" }),
  /** ElastiCache node type. No default. */
  nodeType: z
    .string()
    .regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "must be an ElastiCache node type, such as cache.t4g.small")
    .meta({ example: "cache.t4g.small" }),
  /** Read replicas besides the primary; failover needs one. No default. */
  replicas: z.number().int().min(0).max(5),
  /** Nodes in several zones, and failover to a replica. No default. */
  multiAz: z.boolean(),
  /** Days that daily snapshots are kept; 0 makes none. No default. */
  snapshotRetentionDays: days(0, 35),
  /** Days that the cache's logs are kept. Default 90. */
  logRetentionDays: logRetention,
});

export const backup = z.strictObject({
  /** Days that daily backups are kept. Default 35. */
  dailyRetentionDays: days(1, 3650).default(35),
  /** Days that monthly backups are kept, as long as daily ones at least. Default 365. */
  monthlyRetentionDays: days(90, 3650).default(365),
  /** Region that gets a copy of every daily and monthly backup. Default: no copy. */
  copyToRegion: z
    .string()
    .refine(isRegion, "must be an AWS region, such as eu-west-1")
    .meta({ example: "eu-west-1" })
    .optional(),
  /** Governance-mode lock of the vault: it prevents accidentally shorter retention. No default. */
  vaultLock: z.boolean(),
});

export const secrets = z.strictObject({
  /** Days between rotations. Default 90. */
  rotationDays: days(1, 365).default(90),
  /**
   * Days without a fetch after which an alarm reports that the API no longer reads one of its secrets. Shorter than
   * rotationDays, because a rotation also reads the secret. Default 14.
   */
  unusedAfterDays: days(2, 90).default(14),
  /** Days a deleted secret can be brought back, 7 to 30; 0 deletes at once, for environments that come and go. No default. */
  recoveryWindowDays: z
    .number()
    .int()
    .min(0)
    .max(30)
    .refine((window) => window === 0 || window >= 7, "must be 0, or 7 to 30")
    .meta({ example: 7 }),
  /**
   * Reserves one execution of the account's quota for each function. Set false for accounts with a small quota, such as the 10
   * of a new account: Lambda reserves none that would leave fewer than 100 unreserved. Default true.
   */
  reservedConcurrency: z.boolean().default(true),
});

export const rotation = z
  .strictObject({
    /** Raise it and `pulumi up` rotates every secret (R8). Default 1. */
    generation: z.number().int().min(1).default(1),
  })
  .default({ generation: 1 });
