import * as z from "zod";
import { cpu, logRetention, memory, roleArn, text } from "./values.ts";

/**
 * The environment's own nodes instead of Auto Mode's built-in pools: a fixed number of small machines. The built-in pools start
 * at least a c6a.large per replica. Own nodes suit environments in which a node's loss can cause an outage of minutes.
 */
const nodes = z.strictObject({
  /** Instance types in order of preference; Auto Mode's smallest is `medium`. No default. */
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
  /** Number of nodes. All pods must fit on them: no load starts more. Default 1. */
  count: z.number().int().min(1).max(100).default(1),
  /** `spot`: cheaper by half or more; AWS reclaims it with two minutes' notice. Default `on-demand`. */
  capacityType: z.enum(["on-demand", "spot"]).default("on-demand"),
  /** Disk of each for images and pods, GiB. Default 20. */
  diskGb: z.number().int().min(20).max(1_000).default(20),
});

export const cluster = z.strictObject({
  /** Kubernetes minor: an upgrade is this value. No default. */
  version: z
    .string()
    .regex(/^1\.\d\d$/, "must be a Kubernetes minor in quotes, such as 1.36")
    .meta({ example: "1.36" }),
  /** CIDRs that reach the public API endpoint. Default: none, which leaves the private endpoint only. */
  publicAccessCidrs: z.array(z.cidrv4().meta({ example: "203.0.113.0/24" })).default([]),
  /** IAM roles with cluster-admin. Default: none. */
  adminRoleArns: z.array(roleArn.meta({ example: "arn:aws:iam::111122223333:role/admin" })).default([]),
  /** IAM role that CI deploys with. No default; needed where adminRoleArns is empty. */
  deployRoleArn: roleArn.meta({ example: "arn:aws:iam::111122223333:role/deploy" }).optional(),
  /** Whether AWS refuses to delete the cluster, and image repositories with images. No default. */
  deletionProtection: z.boolean(),
  /** `EXTENDED`: a version stays a year longer, at a price per hour. Default `STANDARD`: EKS upgrades when support ends. */
  supportType: z.enum(["STANDARD", "EXTENDED"]).default("STANDARD"),
  /** Whether AWS may shift traffic away from a failing zone by itself. Default false. */
  zonalShift: z.boolean().default(false),
  /** Own nodes. Default: the built-in pools of Auto Mode, which grow and shrink with the load. */
  nodes: nodes.optional(),
  /** CloudWatch's measurements of nodes, pods and containers, about 6 USD a month a node; logs come without them. Default true. */
  containerInsights: z.boolean().default(true),
  /** Days that the logs of control plane and containers are kept. Default 90. */
  logRetentionDays: logRetention,
});

export const workload = z.strictObject({
  /** Digest of the API's image in the environment's repository. No default. */
  imageDigest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256:<64 hex digits>, never a tag")
    .meta({ example: `sha256:${"0".repeat(64)}` }),
  /** Version shown by /status and logs. Default 0.0.0. */
  version: z.string().min(1).default("0.0.0"),
  /** Pods of the API at least. No default. */
  replicas: z.number().int().min(1).max(100),
  /** Pods at most, under load. No default. */
  maxReplicas: z.number().int().min(1).max(100),
  /** CPU reserved for each pod, cores or thousandths (`m`). Default 100m. */
  cpuRequest: cpu("100m"),
  /** Memory reserved for each pod, Mi or Gi. Default 128Mi. */
  memoryRequest: memory("128Mi"),
  /** CPU limit of a pod. Default 500m. */
  cpuLimit: cpu("500m"),
  /** Memory limit of a pod. Default 512Mi. */
  memoryLimit: memory("512Mi"),
  /** Seconds between leaving the load balancer and SIGTERM (preStop). Default 30. */
  drainSeconds: z.number().int().min(0).max(120).default(30),
  /** Any variable of app/contract/env.ts that tuning needs; the stack itself sets hosts and secrets. Default: none. */
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), text).default({}),
  /** Exact origins of browser pages that can call the API: scheme, host, port. At least one; no default. */
  corsOrigins: z.array(z.string().meta({ example: "https://app.example.com" })),
});
