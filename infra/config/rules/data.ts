import { wrongDatabaseClass, wrongNodeType } from "../instance-classes.ts";
import type { Rule } from "../rule.ts";
import type { Environment } from "../schema.ts";

const classes: Rule = ({ database, cache }) => {
  const [wrongClass, wrongType] = [wrongDatabaseClass(database.instanceClass), wrongNodeType(cache.nodeType)];
  return [
    wrongClass !== undefined && { path: "database.instanceClass", ...wrongClass },
    wrongType !== undefined && { path: "cache.nodeType", ...wrongType },
  ];
};

const database: Rule = ({ tier, database }) => [
  // Damage on a Friday must be repairable a week later.
  tier === "staging" &&
    database.backupRetentionDays < 7 && {
      path: "database.backupRetentionDays",
      problem: `${database.backupRetentionDays}: fewer than 7 days of point-in-time recovery are for sandboxes only`,
      value: 7,
    },
  database.maxStorageGb < database.storageGb * 1.1 && {
    path: "database.maxStorageGb",
    problem: `${database.maxStorageGb} GiB, which RDS refuses: at least a tenth above storageGb (${database.storageGb})`,
    value: Math.ceil(database.storageGb * 1.1),
  },
];

const versionFits = ({ engine, engineVersion }: Environment["cache"]): boolean =>
  engine === "redis" ? ["6.2", "7.0", "7.1"].includes(engineVersion) : Number(engineVersion) >= 7.2;

const cache: Rule = ({ tier, cache }) => [
  // Production's cache will fail over, whatever multiAz says by now.
  (cache.multiAz || tier === "production") &&
    cache.replicas === 0 && {
      path: "cache.replicas",
      problem: "0 with cache.multiAz true: there is nothing to fail over to",
      value: 1,
    },
  !versionFits(cache) && {
    path: "cache.engineVersion",
    problem: `${cache.engineVersion}, which ElastiCache does not offer for ${cache.engine} with user groups`,
    value: cache.engine === "redis" ? "7.1" : "8.2",
  },
];

const retention: Rule = ({ backup }) => [
  backup.monthlyRetentionDays < backup.dailyRetentionDays && {
    path: "backup.monthlyRetentionDays",
    problem: `${backup.monthlyRetentionDays}, shorter than the daily backups' ${backup.dailyRetentionDays}`,
    value: backup.dailyRetentionDays,
  },
];

/** Regions for copies of backups by region of the originals, first choice first: law often keeps data in its continent. */
const copyRegions: Record<string, readonly string[]> = {
  ap: ["ap-southeast-1", "ap-northeast-1"],
  ca: ["ca-west-1", "ca-central-1"],
  cn: ["cn-north-1", "cn-northwest-1"],
  eu: ["eu-west-1", "eu-central-1"],
  us: ["us-west-2", "us-east-1"],
  "us-gov": ["us-gov-west-1", "us-gov-east-1"],
};

function copyRegionOf(region: string): string {
  const area = region.startsWith("us-gov-") ? "us-gov" : region.slice(0, 2);
  return copyRegions[area]?.find((other) => other !== region) ?? "eu-west-1";
}

const copy: Rule = ({ tier, backup: { copyToRegion }, region }) => {
  const path = "backup.copyToRegion";
  if (tier !== "production") {
    const problem = `${region}, where the originals are: a copy is for the loss of the region`;
    return [copyToRegion === region && { path, problem }];
  }
  const problem = `${copyToRegion ?? "missing"}: production's backups must outlive the region, ${region}`;
  return [(copyToRegion ?? region) === region && { path, problem, value: copyRegionOf(region) }];
};

export const dataRules = [classes, database, cache, retention, copy];
