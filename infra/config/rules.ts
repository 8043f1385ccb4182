import { type ApiEnvInput, apiEnv } from "../../app/contract/env.ts";
import { secretIdVariables } from "../../app/contract/secrets.ts";
import { windowsOverlap } from "../lib/windows.ts";
import { cacheNodeTypes, databaseClasses, unknownClass } from "./instance-classes.ts";
import { unknownVersion } from "./kubernetes-versions.ts";
import { lasts, losesData, unsafe } from "./production.ts";
import type { Check, Finding, Place } from "./rule.ts";
import { rotatable, schedulable } from "./schedule.ts";
import type { Environment } from "./schema.ts";
import { anotherZone, wrongZone } from "./zones.ts";

/**
 * The first thing that is wrong although each value by itself is right: unsafe combinations in production, contradictions in
 * any tier.
 */
export function firstFinding(environment: Environment, place: Place): Finding | undefined {
  // What a tier demands comes first: the rest has to fit it, and not the other way round.
  const checks = [
    zonesThatAre,
    ...(environment.tier === "production" ? [unsafe, losesData] : []),
    ...(environment.tier === "staging" ? [lasts] : []),
    contradictions,
    workloadEnvironment,
    schedulable,
    rotatable,
  ];
  for (const check of checks) {
    const found = check(environment, place).find((finding) => finding !== false);
    if (found !== undefined) return found;
  }
  return undefined;
}

const zonesThatAre: Check = ({ network: { zones } }, { region }) =>
  zones.map((_, index) => {
    const is = wrongZone(zones, index, region);
    return is !== undefined && { path: `network.zones[${index}]`, is, to: anotherZone(zones, region) };
  });

/** Classes on which RDS for MySQL offers no Performance Insights. */
const withoutInsights = ["db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small"];

/** AWS Backup sets out between 02:00 and 03:00, every day, and wants an hour from there to RDS's own windows. */
const dailyBackup = "02:00-04:00";

const contradictions: Check = (
  { network, database, cache, backup, secrets, cluster, workload, edge, schedule },
  { region },
) => [
  network.natGateways !== 1 &&
    network.natGateways !== network.zones.length && {
      path: "network.natGateways",
      is: `${network.natGateways} for ${network.zones.length} zones: 1, or one for each zone`,
      to: network.zones.length,
    },
  network.endpointZones > network.zones.length && {
    path: "network.endpointZones",
    is: `${network.endpointZones}, more than the ${network.zones.length} zones of the network`,
    to: network.zones.length,
  },
  ...["secretsmanager", "elasticache"]
    .filter((service) => !network.interfaceEndpoints.includes(service))
    .map((service, index) => ({
      path: `network.interfaceEndpoints[${network.interfaceEndpoints.length + index}]`,
      is: `missing "${service}": the bootstrap and rotation Lambdas have no internet route and could not reach it`,
      to: service,
    })),
  // From the end, so that taking one out does not move the ones named after it.
  ...network.interfaceEndpoints
    .map(
      (service, index) =>
        (service === "s3" || network.interfaceEndpoints.indexOf(service) < index) && {
          path: `network.interfaceEndpoints[${index}]`,
          is:
            service === "s3"
              ? '"s3", which has a gateway endpoint already, for nothing'
              : `"${service}" once more`,
        },
    )
    .reverse(),
  named("database.instanceClass", unknownClass(database.instanceClass, databaseClasses, "MySQL 8.4")) ??
    false,
  named("cache.nodeType", unknownClass(cache.nodeType, cacheNodeTypes, "ElastiCache")) ?? false,
  named("cluster.version", unknownVersion(cluster.version)) ?? false,
  withoutInsights.includes(database.instanceClass) && {
    path: "database.instanceClass",
    is: `${database.instanceClass}, too small for Database Insights: RDS refuses the two together`,
    to: "db.t4g.medium",
  },
  database.maxStorageGb < database.storageGb * 1.1 && {
    path: "database.maxStorageGb",
    is: `${database.maxStorageGb} GiB, which RDS refuses: at least a tenth above storageGb (${database.storageGb})`,
    to: Math.ceil(database.storageGb * 1.1),
  },
  windowsOverlap(database.backupWindow, database.maintenanceWindow) && {
    path: "database.backupWindow",
    is: `${database.backupWindow}, which overlaps the maintenance window ${database.maintenanceWindow}: RDS refuses both`,
    to: "04:00-04:30",
  },
  schedule?.awake === undefined &&
    windowsOverlap(database.backupWindow, `mon:${dailyBackup.replace("-", "-mon:")}`) && {
      path: "database.backupWindow",
      is: `${database.backupWindow}, less than an hour after AWS Backup's at 02:00: one of them would be skipped`,
      to: "04:00-04:30",
    },
  schedule?.awake === undefined &&
    windowsOverlap(dailyBackup, database.maintenanceWindow) && {
      path: "database.maintenanceWindow",
      is: `${database.maintenanceWindow}, less than an hour after AWS Backup's at 02:00: that day's backup would be skipped`,
      to: "sun:05:30-sun:06:30",
    },
  cache.multiAz &&
    cache.replicas === 0 && {
      path: "cache.replicas",
      is: "0 with cache.multiAz true: there is nothing to fail over to",
      to: 1,
    },
  !cacheVersionFits(cache) && {
    path: "cache.engineVersion",
    is: `${cache.engineVersion}, which ElastiCache does not offer for ${cache.engine} with user groups`,
    to: cache.engine === "redis" ? "7.1" : "8.2",
  },
  backup.monthlyRetentionDays < backup.dailyRetentionDays && {
    path: "backup.monthlyRetentionDays",
    is: `${backup.monthlyRetentionDays}, shorter than the daily backups' ${backup.dailyRetentionDays}`,
    to: backup.dailyRetentionDays,
  },
  // Every two days or more often, nothing but rotations could be told from the dates: then the alarm has no say.
  secrets.rotationDays > 2 &&
    secrets.unusedAfterDays >= secrets.rotationDays && {
      path: "secrets.unusedAfterDays",
      is: `${secrets.unusedAfterDays}, not shorter than secrets.rotationDays (${secrets.rotationDays}): each rotation reads the secrets, so none would ever count as unused`,
      to: secrets.rotationDays - 1,
    },
  backup.copyToRegion === region && {
    path: "backup.copyToRegion",
    is: `${region}, where the originals are: a copy is for the loss of the region`,
  },
  workload.maxReplicas < workload.replicas && {
    path: "workload.maxReplicas",
    is: `${workload.maxReplicas}, fewer than workload.replicas (${workload.replicas})`,
    to: workload.replicas,
  },
  edge.domain !== undefined &&
    edge.hostedZoneId === undefined && {
      path: "edge.hostedZoneId",
      is: "missing although edge.domain is given: the certificate is validated in that zone",
      to: "Z0123456789ABCDEFGHIJ",
    },
  edge.domain === undefined &&
    edge.hostedZoneId !== undefined && {
      path: "edge.domain",
      is: "missing although edge.hostedZoneId is given",
      to: "api.example.com",
    },
  cluster.adminRoleArns.length === 0 &&
    cluster.deployRoleArn === undefined && {
      path: "cluster.adminRoleArns[0]",
      is: "missing, and so is cluster.deployRoleArn: the cluster would open to nobody, not even to this deployment",
      to: "arn:aws:iam::111122223333:role/admin",
    },
];

/** An unknown class with the place it stands in. Without anything like it the example of the schema mends it. */
const named = (path: string, unknown: ReturnType<typeof unknownClass>): Finding | undefined =>
  unknown && { path, is: unknown.is, to: unknown.to ?? examples[path] };
const examples: Record<string, string> = {
  "database.instanceClass": "db.t4g.medium",
  "cache.nodeType": "cache.t4g.small",
};

const cacheVersionFits = ({ engine, engineVersion }: Environment["cache"]): boolean =>
  engine === "redis" ? ["6.2", "7.0", "7.1"].includes(engineVersion) : Number(engineVersion) >= 7.2;

/** What the stack itself tells the API: stand-ins here, so that the rest can be held against the API's own schema. */
const wiring = {
  NODE_ENV: "production",
  ENVIRONMENT: "any",
  SERVICE_VERSION: "0.0.0",
  AWS_REGION: "us-east-1",
  HOST: "10.0.0.1",
  PORT: "3000",
  MANAGEMENT_PORT: "9464",
  CORS_ORIGIN: "https://app.example.com",
  TRUSTED_PROXIES: "10.0.0.0/24",
  PUBLIC_HOST: "api.example.com",
  REDIS_HOST: "cache.example.com",
  REDIS_PORT: "6379",
  ...secretIdVariables("api", () => "any"),
} satisfies ApiEnvInput;

/** Holds `workload.env` and the CORS list against the API's own schema, so that a pod does not fail at its start instead. */
const workloadEnvironment: Check = ({ workload }) => {
  const given = Object.keys(workload.env);
  const known = Object.keys(apiEnv.shape);
  return [
    ...given
      .filter((name) => name in wiring)
      .map((name) => ({ path: `workload.env.${name}`, is: "set by the stack itself, not by configuration" })),
    ...given
      .filter((name) => !known.includes(name))
      .map((name) => ({ path: `workload.env.${name}`, is: "not a variable that the API knows" })),
    ...refused({ ...workload.env, ...wiring }).map(({ path: [name], message }) => ({
      path: `workload.env.${String(name)}`,
      is: `"${workload.env[String(name)]}": ${message}`,
    })),
    ...(workload.corsOrigins.length === 0 ? [""] : workload.corsOrigins).flatMap((origin, index) =>
      refused({ ...wiring, CORS_ORIGIN: origin }).map(({ message }) => ({
        path: `workload.corsOrigins[${index}]`,
        is: `"${origin}", which the API refuses: ${message}`,
        to: "https://app.example.com",
      })),
    ),
  ];
};

/** What the API's own schema finds wrong with an environment. */
const refused = (variables: Record<string, string>) => apiEnv.safeParse(variables).error?.issues ?? [];
