import { z } from "zod";
import { parseCidr } from "../lib/cidr.ts";
import { weekdays } from "../lib/week.ts";

const days = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum);
const cidr = z.cidrv4();
const email = z.email("must be an e-mail address").meta({ example: "on-call@example.com" });
/** `pulumi config set --path` turns 5 and true into a number and a boolean: taken back to text here. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const quantity = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, `must be a Kubernetes quantity, such as ${example}`);
const cpu = (standard: string) => quantity(/^\d+m?$/, standard).default(standard);
const memory = (standard: string) => quantity(/^\d+(Mi|Gi)$/, standard).default(standard);
const arn = z.string().regex(/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$/, "must be an ARN");
const roleArn = arn.regex(/:iam::\d{12}:role\//, "must be the ARN of an IAM role");

/** The VPC's range: a /16 to a /20 without host bits, which AWS would silently drop and the subnets' arithmetic must not guess. */
const vpcRange = z.string().superRefine((range, ctx) => {
  try {
    const { prefix } = parseCidr(range);
    if (prefix < 16 || prefix > 20) ctx.addIssue({ code: "custom", message: "must be a /16 to a /20" });
  } catch {
    ctx.addIssue({
      code: "custom",
      message: "must be an IPv4 range that starts where one of its size starts",
    });
  }
});

/** Retentions that CloudWatch Logs accepts, days. */
const logRetention = z
  .literal([
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ])
  .default(90);

const network = z.strictObject({
  /** The VPC's range, /16 to /20. Must not overlap what it will ever be peered with. */
  cidr: vpcRange.meta({ example: "10.20.0.0/16" }),
  /**
   * Availability zones by id, which is the same place in every account and whatever state a zone is in: subnets stay where
   * they were made. Two at least: RDS, EKS and the load balancer each refuse fewer. The order is that of the ranges:
   * another zone goes to the end. Those of your account: `aws ec2 describe-availability-zones`.
   */
  zones: z
    .array(
      z
        .string()
        .regex(/^[a-z]+\d-az\d$/, "must be the id of an availability zone, such as use1-az1")
        .meta({ example: "use1-az1" }),
    )
    .min(2)
    .max(3),
  /** NAT gateways: 1, or one per zone. */
  natGateways: z.number().int().min(1).max(3),
  /**
   * AWS services with an interface endpoint in the VPC, about 7.30 USD a month per zone each. The Lambdas have no other
   * way out, so `secretsmanager` and `elasticache` must be among them.
   */
  interfaceEndpoints: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9.-]+$/, "must be the short name of a service, such as ecr.api")
        .meta({ example: "logs" }),
    )
    .default(["secretsmanager", "elasticache"]),
  /** Zones that hold an interface endpoint each; one serves the whole VPC as long as that zone stands. */
  endpointZones: z.number().int().min(1).max(3).default(1),
  flowLogRetentionDays: logRetention,
});

const database = z.strictObject({
  /** `8.4` follows the minors in the maintenance window; `8.4.8` stays there until this value changes. */
  engineVersion: z
    .string()
    .regex(/^8\.4(\.\d+)?$/, 'must be "8.4" or an RDS MySQL 8.4 minor, in quotes')
    .meta({ example: "8.4" }),
  instanceClass: z
    .string()
    .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "must be an RDS instance class, such as db.t4g.medium")
    .meta({ example: "db.t4g.medium" }),
  multiAz: z.boolean(),
  /** GiB, gp3. Leaves autoscaling the tenth that it wants below RDS's own limit. */
  storageGb: z.number().int().min(20).max(59_500),
  /** Ceiling of storage autoscaling, GiB. */
  maxStorageGb: z.number().int().min(20).max(65_536),
  /** Point-in-time recovery window. The instance is made with it; a change reaches it by AWS Backup, within a day. */
  backupRetentionDays: days(1, 35),
  /** How long binlogs stay on the server. */
  binlogRetentionHours: z.number().int().min(24).max(168).default(168),
  /** Changes that restart the instance: at once, or in the maintenance window. */
  applyImmediately: z.boolean().default(false),
  deletionProtection: z.boolean(),
  /** A snapshot when the database is deleted; keeps the keys and groups that restoring it needs. */
  finalSnapshot: z.boolean(),
  /** Enhanced monitoring, seconds between samples. */
  monitoringIntervalSeconds: z.literal([1, 5, 10, 15, 30, 60]).default(60),
  /** Database Insights: `advanced` keeps 15 months and costs per vCPU. */
  insights: z.enum(["standard", "advanced"]).default("standard"),
  /** UTC. Keeps clear of the maintenance window, and an hour of 02:00, when the daily backup runs. */
  backupWindow: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "must be hh:mm-hh:mm in UTC")
    .default("04:00-04:30"),
  maintenanceWindow: z
    .string()
    .regex(
      /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
      "must be ddd:hh:mm-ddd:hh:mm in UTC",
    )
    .default("sun:05:30-sun:06:30"),
  logRetentionDays: logRetention,
});

const cache = z.strictObject({
  engine: z.enum(["redis", "valkey"]).default("valkey"),
  engineVersion: z
    .string()
    .regex(/^\d+\.\d+$/, "must be major.minor in quotes, such as 8.2")
    .meta({ example: "8.2" }),
  nodeType: z
    .string()
    .regex(/^cache\.[a-z0-9]+\.[a-z0-9]+$/, "must be an ElastiCache node type, such as cache.t4g.small")
    .meta({ example: "cache.t4g.small" }),
  /** Read replicas besides the primary; failover needs one. */
  replicas: z.number().int().min(0).max(5),
  multiAz: z.boolean(),
  snapshotRetentionDays: days(0, 35),
  logRetentionDays: logRetention,
});

const backup = z.strictObject({
  dailyRetentionDays: days(1, 3650).default(35),
  monthlyRetentionDays: days(90, 3650).default(365),
  /** Region that gets a copy of every daily and monthly backup; none: no copy. */
  copyToRegion: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region, such as eu-west-1")
    .meta({ example: "eu-west-1" })
    .optional(),
  /** Governance-mode lock of the vault: nobody shortens a retention by accident. */
  vaultLock: z.boolean(),
});

const secrets = z.strictObject({
  /** Days between rotations. */
  rotationDays: days(1, 365).default(90),
  /**
   * Days without a fetch after which an alarm tells that a secret which the API reads is not read any more. Shorter than
   * rotationDays: a rotation reads the secret too.
   */
  unusedAfterDays: days(2, 90).default(14),
  /** Days a deleted secret can be brought back; 0 deletes at once, for environments that come and go. */
  recoveryWindowDays: z
    .number()
    .int()
    .refine((window) => window === 0 || (window >= 7 && window <= 30), "must be 0, or 7 to 30")
    .meta({ example: 7 }),
  /**
   * Keeps one execution of the account's quota for each function. Off for accounts with a small quota, such as the 10 of a
   * new account: Lambda sets none aside where fewer than 100 would be left for all.
   */
  reservedConcurrency: z.boolean().default(true),
});

const rotation = z
  .strictObject({
    /** Raise it and `pulumi up` rotates every secret (R8). */
    generation: z.number().int().min(1).default(1),
  })
  .default({ generation: 1 });

/**
 * Nodes of the environment's own instead of Auto Mode's built-in pools: a fixed number of small machines. The built-in pools
 * start nothing below a c6a.large, and one for each replica; worth it where a node's loss may be an outage of minutes.
 */
const nodes = z.strictObject({
  /** Machines to choose from, the first one first; Auto Mode knows none smaller than `medium`. */
  instanceTypes: z
    .array(
      z
        .string()
        .regex(
          /^[a-z][a-z0-9-]*\.(medium|\d*x?large)$/,
          "must be an EC2 type of medium or above, such as t3a.medium",
        )
        .meta({ example: "t3a.medium" }),
    )
    .min(1)
    .meta({ example: ["t3a.medium"] }),
  /** Machines that run. All pods must fit on them: more are never started, whatever the load. */
  count: z.number().int().min(1).max(100).default(1),
  /** `spot`: cheaper by half or more, and taken away with two minutes' notice. */
  capacityType: z.enum(["on-demand", "spot"]).default("on-demand"),
  /** Disk of each for images and pods, GiB. */
  diskGb: z.number().int().min(20).max(1_000).default(20),
});

const cluster = z.strictObject({
  /** Kubernetes minor: an upgrade is this value. */
  version: z
    .string()
    .regex(/^1\.\d\d$/, "must be a Kubernetes minor in quotes, such as 1.36")
    .meta({ example: "1.36" }),
  /** CIDRs that reach the public API endpoint; empty: private endpoint only. */
  publicAccessCidrs: z.array(cidr.meta({ example: "203.0.113.0/24" })).default([]),
  /** IAM roles with cluster-admin. */
  adminRoleArns: z.array(roleArn.meta({ example: "arn:aws:iam::111122223333:role/admin" })).default([]),
  /** IAM role that CI deploys with. */
  deployRoleArn: roleArn.meta({ example: "arn:aws:iam::111122223333:role/deploy" }).optional(),
  deletionProtection: z.boolean(),
  supportType: z.enum(["STANDARD", "EXTENDED"]).default("STANDARD"),
  zonalShift: z.boolean().default(false),
  /** Own nodes; none: the built-in pools of Auto Mode, which grow and shrink with the load. */
  nodes: nodes.optional(),
  /** CloudWatch's measurements of nodes, pods and containers, about 6 USD a month a node; logs come without them. */
  containerInsights: z.boolean().default(true),
  logRetentionDays: logRetention,
});

const workload = z.strictObject({
  /** Digest of the API's image in the environment's repository. */
  imageDigest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256:<64 hex digits>, never a tag")
    .meta({ example: `sha256:${"0".repeat(64)}` }),
  /** Version shown by /status and logs. */
  version: z.string().min(1).default("0.0.0"),
  replicas: z.number().int().min(1).max(100),
  maxReplicas: z.number().int().min(1).max(100),
  cpuRequest: cpu("100m"),
  memoryRequest: memory("128Mi"),
  cpuLimit: cpu("500m"),
  memoryLimit: memory("512Mi"),
  /** Seconds between leaving the load balancer and SIGTERM (preStop). */
  drainSeconds: z.number().int().min(0).max(120).default(30),
  /** Any variable of app/contract/env.ts that tuning needs; the wiring (hosts, secrets) is not set here. */
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), text).default({}),
  /** Exact origins of the browsers' pages that may call the API: scheme, host, port. */
  corsOrigins: z.array(z.string().meta({ example: "https://app.example.com" })),
});

const edge = z.strictObject({
  /** Host name of the API; without it there is no certificate and no HTTPS: for a first try only. */
  domain: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must be a host name, such as api.example.com")
    .meta({ example: "api.example.com" })
    .optional(),
  /** Route 53 zone of the domain. */
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]+$/, "must be the id of a Route 53 zone")
    .meta({ example: "Z0123456789ABCDEFGHIJ" })
    .optional(),
  /** Requests in five minutes from one address before the WAF blocks it. */
  wafRateLimit: z.number().int().min(10).max(2_000_000_000).default(2_000),
  /** Managed rule groups block; false: they only count (a first look at real traffic). */
  wafBlock: z.boolean().default(true),
  accessLogRetentionDays: days(1, 3650).default(90),
  /** Log of the requests that the WAF counted or blocked. */
  wafLogRetentionDays: logRetention,
  /** ALB deletion protection. */
  deletionProtection: z.boolean(),
});

/** Whether the zone is one of those whose summer time is known here. */
function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** When the environment sleeps, and how long it lives; for environments that nobody relies on. */
const schedule = z.strictObject({
  /** Awake on these days between these times; asleep otherwise: no pods, no nodes, the database stopped, alarms muted. */
  awake: z
    .strictObject({
      /** Two at least: rotations take turns on them. */
      days: z
        .array(z.enum(weekdays))
        .min(2)
        .meta({ example: ["mon", "tue", "wed", "thu", "fri"] }),
      /** From 00:30: the database is started before it. */
      from: z
        .string()
        .regex(
          /^(00:[3-5]\d|0[1-9]:[0-5]\d|1[0-4]:[0-5]\d|15:00)$/,
          "must be hh:mm in quotes, 00:30 to 15:00",
        )
        .meta({ example: "07:00" }),
      /** Eight hours after `from` or later: backups and maintenance need the day. */
      to: z
        .string()
        .regex(/^(0[89]|1\d|2[0-2]):[0-5]\d$|^23:[0-2]\d$|^23:30$/, "must be hh:mm in quotes, 08:00 to 23:30")
        .meta({ example: "20:00" }),
      /** Where `from` and `to` are read off the clock, summer time included. */
      timezone: z
        .string()
        .refine(isTimezone, "must be an IANA time zone, such as Europe/Berlin")
        .meta({ example: "Europe/Berlin" }),
    })
    .optional(),
  /** When it may be taken down: told to the `notify` topic, and obeyed by `npm run teardown -- <stack> --if-expired`. */
  expires: z.iso
    .datetime({ offset: true, error: "must be a time with its zone, such as 2026-12-24T18:00:00Z" })
    .meta({ example: "2026-12-24T18:00:00Z" })
    .optional(),
});

const alarms = z.strictObject({
  /** Who is told; each address confirms the subscription once. */
  page: z.array(email).default([]),
  notify: z.array(email).default([]),
  security: z.array(email).default([]),
});

const audit = z
  .strictObject({
    /**
     * A CloudTrail trail of the region's management events. EventBridge hears of failed rotations only where one logs them. For
     * an account that has none in this region: CloudTrail's second copy of an event costs 2 USD for 100,000. The program cannot
     * look for one itself: of the provider's functions, `cloudcontrol.getResource` wants the trail's name, and
     * `resourcegroupstaggingapi.getResources` tells only of what has or had tags. So without a trail of its own the preview lists
     * the exception from `event-rule-fed`, whose reason is the command that looks.
     */
    trail: z.boolean().default(false),
    /** Days until the trail's log files are deleted. */
    retentionDays: days(1, 3650).default(365),
  })
  .default({ trail: false, retentionDays: 365 });

/**
 * Everything that differs between environments. One key of `Pulumi.<stack>.yaml` per section (`bulwark:network`, …);
 * an unknown key anywhere is an error. Defaults are the figures of requirements; a key without a default must be given.
 * `meta.example` is what an error message proposes.
 */
export const environmentSchema = z.strictObject({
  /** How strict the checks are: what production must not be without is refused at `production`. Not read by any component. */
  tier: z.enum(["sandbox", "staging", "production"]),
  /** Tags on every AWS resource, besides `bulwark:environment` and `bulwark:managed-by`. */
  tags: z.record(z.string().min(1).max(128), text.pipe(z.string().max(256))).default({}),
  network,
  database,
  cache,
  backup,
  secrets,
  rotation,
  cluster,
  workload,
  edge,
  schedule: schedule.optional(),
  alarms,
  audit,
});

export type Environment = z.output<typeof environmentSchema>;
