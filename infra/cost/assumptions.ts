import type { Assumption } from "./types.ts";

const assumption = (value: number, unit: string, because: string, range?: Assumption["range"]) => ({
  value,
  unit,
  because,
  ...(range === undefined ? {} : { range }),
});

/**
 * Figures that the bill depends on and the plan does not show. They describe a quiet environment; a busy one differs. The
 * preview lists those it used.
 */
const figures = {
  requestsPerReplica: assumption(
    1_000_000,
    "requests a month",
    "0.4 a second for each replica, day and night",
  ),
  responseKb: assumption(10, "KB a response", "JSON, compressed by nobody"),
  logKbPerRequest: assumption(1, "KB a request", "one line of the API's log"),
  freeEgressGb: assumption(100, "GB a month", "what AWS gives each account of traffic to the internet"),
  freeDashboards: assumption(
    3,
    "dashboards",
    "what AWS gives each account without charge; every further one is 3.00 USD a month",
  ),
  loadBalancerUnits: assumption(0.1, "LCU", "far below the first unit: 25 new connections a second"),
  natGb: assumption(10, "GB a month", "for each gateway: images, and calls to AWS without an endpoint"),
  endpointGb: assumption(1, "GB a month", "for each endpoint in each zone"),
  nodeReservedCpu: assumption(0.35, "vCPU a node", "for the CloudWatch agents and the node itself"),
  nodeReservedGib: assumption(1, "GiB a node", "for the CloudWatch agents and the node itself"),
  nodeDiskGb: assumption(80, "GB a node", "the default of Auto Mode's NodeClass"),
  nodeRootGb: assumption(
    4,
    "GB a node",
    "the system's own disk (Bottlerocket's default, by Karpenter's documentation)",
    {
      low: 2,
      high: 20,
    },
  ),
  surplusCpuHours: assumption(
    0,
    "vCPU-hours a month",
    "CPU credits: for each burstable node and database, above what its class earns",
    { low: 0, high: 50 },
  ),
  crossZoneGb: assumption(
    10,
    "GB a month",
    "between zones in both directions: load balancer, pods, database and cache need not share one",
    { low: 1, high: 200 },
  ),
  kmsRequests: assumption(20_000, "requests a month", "for each key: logs, secrets, disks, topics", {
    low: 2_000,
    high: 500_000,
  }),
  secretCalls: assumption(
    10_000,
    "calls a month",
    "for each secret: replicas read theirs again in the background",
    { low: 2_000, high: 50_000 },
  ),
  observationsPerNode: assumption(
    30,
    "million a month",
    "Container Insights: 700 a minute for each node and its pods",
  ),
  controlPlaneLogGb: assumption(
    5,
    "GB a month",
    "all five logs of the control plane, the audit log above all: nobody knows before there is one",
    { low: 2, high: 25 },
  ),
  flowLogGb: assumption(2, "GB a month", "flow log of a quiet VPC"),
  auditLogGb: assumption(
    0.8,
    "GB a month",
    "the database's audit log, if RDS's own user connects anew every second: two lines of 150 bytes, by day and night",
  ),
  trailGb: assumption(
    0.2,
    "GB a month",
    "a trail's compressed log files; its events are free as the first copy in the region",
    { low: 0.05, high: 2 },
  ),
  otherLogGb: assumption(0.1, "GB a month", "for each other log group"),
  logCompression: assumption(0.15, "of what was written", "logs are kept compressed"),
  enhancedMonitoringGb: assumption(
    0.1,
    "GB a month",
    "one sample a minute; as many times more as samples are taken",
  ),
  databaseUsed: assumption(0.25, "of the disk", "data in it, and so in a full backup"),
  databaseChange: assumption(0.02, "of the data a day", "what a daily backup adds"),
  restoreTestHours: assumption(3, "hours a month", "a restored database, from its making to its deletion"),
  cacheUsedGb: assumption(1, "GB", "for each daily backup of the cache after the first, which is free"),
  imagesGb: assumption(6, "GB", "100 images of 60 MB"),
} as const;

export type AssumptionId = keyof typeof figures;
export const assumptions: Readonly<Record<AssumptionId, Omit<Assumption, "id">>> = figures;
