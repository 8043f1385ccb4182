import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ConfigurationError, problemsOf } from "./config-errors.ts";

const cidr = z.cidrv4();
const days = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum);
const arn = z.string().regex(/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$/, "must be an ARN");
const email = z.email();

/** Retentions that CloudWatch Logs accepts, days. */
const logRetention = z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]);

/**
 * Everything that differs between environments. One key of `Pulumi.<stack>.yaml` per section (`bulwark:network`, …);
 * an unknown key anywhere is an error. Defaults are the figures of requirements; a section without a default must be given.
 */
export const environmentSchema = z.strictObject({
  /** How strict the checks are: what production must not be without is refused at `production`. Not read by any component. */
  tier: z.enum(["sandbox", "staging", "production"]),
  /** Tags on every AWS resource, besides `bulwark:environment` and `bulwark:managed-by`. */
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
  network: z.strictObject({
    /** The VPC's range, /16 to /20. Must not overlap what it will ever be peered with. */
    cidr,
    availabilityZones: z.number().int().min(1).max(3),
    /** NAT gateways: 1, or one per zone. */
    natGateways: z.number().int().min(1).max(3),
    /** AWS services with an interface endpoint in the VPC, about 7.30 USD a month per zone each. */
    interfaceEndpoints: z.array(z.string().regex(/^[a-z0-9.-]+$/)).default(["secretsmanager", "kms", "logs", "sts"]),
    flowLogRetentionDays: logRetention.default(90),
  }),
  database: z.strictObject({
    engineVersion: z.string().regex(/^8\.4\.\d+$/, "must be an RDS MySQL 8.4 minor, such as 8.4.8"),
    instanceClass: z.string().regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "must be an RDS instance class, such as db.t4g.medium"),
    multiAz: z.boolean(),
    /** GiB, gp3. */
    storageGb: z.number().int().min(20).max(65_536),
    /** Ceiling of storage autoscaling, GiB. */
    maxStorageGb: z.number().int().min(20).max(65_536),
    /** Point-in-time recovery window. */
    backupRetentionDays: days(1, 35),
    /** How long binlogs stay on the server. */
    binlogRetentionHours: z.number().int().min(24).max(168).default(168),
    deletionProtection: z.boolean(),
    finalSnapshot: z.boolean(),
    readReplicas: z.number().int().min(0).max(5).default(0),
    /** Enhanced monitoring, seconds between samples. */
    monitoringIntervalSeconds: z.literal([1, 5, 10, 15, 30, 60]).default(60),
    insights: z.enum(["standard", "advanced"]).default("standard"),
    /** UTC, must not overlap the maintenance window. */
    backupWindow: z.string().regex(/^\d\d:\d\d-\d\d:\d\d$/).default("03:00-03:30"),
    maintenanceWindow: z.string().regex(/^[a-z]{3}:\d\d:\d\d-[a-z]{3}:\d\d:\d\d$/).default("sun:04:30-sun:05:30"),
    logRetentionDays: logRetention.default(90),
  }),
  cache: z.strictObject({
    engine: z.enum(["redis", "valkey"]).default("valkey"),
    engineVersion: z.string().regex(/^\d+\.\d+$/),
    nodeType: z.string().regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "must be an ElastiCache node type, such as cache.t4g.small"),
    /** Read replicas besides the primary; failover needs one. */
    replicas: z.number().int().min(0).max(5),
    multiAz: z.boolean(),
    snapshotRetentionDays: days(0, 35),
    logRetentionDays: logRetention.default(90),
  }),
  backup: z.strictObject({
    dailyRetentionDays: days(1, 3650).default(35),
    monthlyRetentionDays: days(90, 3650).default(365),
    /** Region that gets a copy of every daily and monthly backup; none: no copy. */
    copyToRegion: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/).optional(),
    /** Governance-mode lock of the vault: nobody shortens a retention by accident. */
    vaultLock: z.boolean(),
  }),
  secrets: z.strictObject({
    /** Days between rotations. */
    rotationDays: days(1, 365).default(90),
    /** Days a deleted secret can be brought back; 0 deletes at once, for environments that come and go. */
    recoveryWindowDays: z.union([z.literal(0), days(7, 30)]),
  }),
  rotation: z.strictObject({
    /** Raise it and `pulumi up` rotates every secret (R8). */
    generation: z.number().int().min(1).default(1),
  }).default({ generation: 1 }),
  cluster: z.strictObject({
    /** Kubernetes minor: an upgrade is this value. */
    version: z.string().regex(/^1\.\d\d$/),
    /** CIDRs that reach the public API endpoint; empty: private endpoint only. */
    publicAccessCidrs: z.array(cidr).default([]),
    /** IAM roles with cluster-admin. */
    adminRoleArns: z.array(arn).default([]),
    /** IAM role that CI deploys with. */
    deployRoleArn: arn.optional(),
    deletionProtection: z.boolean(),
    supportType: z.enum(["STANDARD", "EXTENDED"]).default("STANDARD"),
    zonalShift: z.boolean().default(false),
    logRetentionDays: logRetention.default(90),
  }),
  workload: z.strictObject({
    /** Digest of the API's image in the environment's repository. */
    imageDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256:<64 hex digits>, never a tag"),
    /** Version shown by /status and logs. */
    version: z.string().min(1).default("0.0.0"),
    replicas: z.number().int().min(1).max(100),
    maxReplicas: z.number().int().min(1).max(100),
    cpuRequest: z.string().default("100m"),
    memoryRequest: z.string().default("128Mi"),
    cpuLimit: z.string().default("500m"),
    memoryLimit: z.string().default("512Mi"),
    /** Seconds between leaving the load balancer and SIGTERM (preStop). */
    drainSeconds: z.number().int().min(0).max(120).default(30),
    /** Any variable of app/contract/env.ts that tuning needs; the wiring (hosts, secrets) is not set here. */
    env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
    corsOrigins: z.array(z.string()),
  }),
  edge: z.strictObject({
    /** Host name of the API; without it there is no certificate and no HTTPS: for a first try only. */
    domain: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/).optional(),
    /** Route 53 zone of the domain. */
    hostedZoneId: z.string().regex(/^Z[A-Z0-9]+$/).optional(),
    wafRateLimit: z.number().int().min(10).max(2_000_000_000).default(2_000),
    /** Managed rule groups block; false: they only count (a first look at real traffic). */
    wafBlock: z.boolean().default(true),
    accessLogRetentionDays: days(1, 3650).default(90),
    /** ALB deletion protection. */
    deletionProtection: z.boolean(),
  }),
  alarms: z.strictObject({
    /** Who is told; each address confirms the subscription once. */
    page: z.array(email).default([]),
    notify: z.array(email).default([]),
    security: z.array(email).default([]),
  }),
});

export type Environment = z.output<typeof environmentSchema>;

/** What production must not be without (S1); each names the key that mends it. */
function unsafe(environment: Environment): z.core.$ZodIssue[] {
  void environment;
  return [];
}

/**
 * Reads and checks the stack's configuration.
 * @throws ConfigurationError with every problem at once, each with the command that mends it, before any resource is registered.
 */
export function loadEnvironment(): Environment & { name: string; region: string; kubeconfig?: string } {
  void unsafe;
  void problemsOf;
  void ConfigurationError;
  void pulumi;
  throw new Error("draft");
}
