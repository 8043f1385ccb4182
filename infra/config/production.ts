import type { Check } from "./rule.ts";
import { anotherZone } from "./zones.ts";

/** The whole internet, however it is split: a range this wide is no restriction. */
const isOpen = (range: string): boolean => Number(range.split("/")[1]) < 8;

/** What production must not be without (S1): against being reached, going down or going unnoticed. */
export const unsafe: Check = (
  { network, database, cache, cluster, workload, edge, schedule, alarms },
  { region },
) => [
  ...cluster.publicAccessCidrs.map(
    (range, index) =>
      isOpen(range) && {
        path: `cluster.publicAccessCidrs[${index}]`,
        is: `${range}: in production the Kubernetes API is not open to the internet; name your own addresses, or remove the key`,
        to: "203.0.113.0/24",
      },
  ),
  network.zones.length < 3 && {
    path: `network.zones[${network.zones.length}]`,
    is: `missing: production needs 3 zones, so that losing one leaves two`,
    to: anotherZone(network.zones, region),
  },
  network.natGateways < network.zones.length && {
    path: "network.natGateways",
    is: `${network.natGateways}: production needs one for each zone, or one zone's loss cuts off the others`,
    to: network.zones.length,
  },
  !database.multiAz && {
    path: "database.multiAz",
    is: "false: production's database must survive the loss of a zone",
    to: true,
  },
  !cache.multiAz && {
    path: "cache.multiAz",
    is: "false: production's cache must survive the loss of a zone",
    to: true,
  },
  workload.replicas < 2 && {
    path: "workload.replicas",
    is: `${workload.replicas}: production needs 2 at least, or every restart is an outage`,
    to: 3,
  },
  ...(["awake", "expires"] as const).map(
    (key) =>
      schedule?.[key] !== undefined && {
        path: `schedule.${key}`,
        is: "given: production never sleeps, and lives until somebody decides otherwise",
      },
  ),
  edge.domain === undefined && {
    path: "edge.domain",
    is: "missing: production without a domain has no certificate and no HTTPS",
    to: "api.example.com",
  },
  ...(["page", "security"] as const).map(
    (topic) =>
      alarms[topic].length === 0 && {
        path: `alarms.${topic}[0]`,
        is: "missing: in production somebody must be told",
        to: "on-call@example.com",
      },
  ),
];

/** What no environment that stays may be without: what was broken on a Friday must be mendable a week later. */
export const lasts: Check = ({ database }) => [
  database.backupRetentionDays < 7 && {
    path: "database.backupRetentionDays",
    is: `${database.backupRetentionDays}: fewer than 7 days of point-in-time recovery are for sandboxes only`,
    to: 7,
  },
];

/** Regions for copies of backups by where the originals are, first choice first: law often keeps data in its part of the world. */
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

/** What production must not be without (S1): against losing data or the means to bring it back. */
export const losesData: Check = ({ database, cache, backup, secrets, cluster, edge }, { region }) => [
  ...Object.entries({ database, cluster, edge }).map(
    ([section, { deletionProtection }]) =>
      !deletionProtection && {
        path: `${section}.deletionProtection`,
        is: "false: in production nothing may be deleted by one command",
        to: true,
      },
  ),
  database.backupRetentionDays < 35 && {
    path: "database.backupRetentionDays",
    is: `${database.backupRetentionDays}: production keeps 35 days of point-in-time recovery`,
    to: 35,
  },
  !database.finalSnapshot && {
    path: "database.finalSnapshot",
    is: "false: production's database leaves a snapshot behind when it goes",
    to: true,
  },
  cache.snapshotRetentionDays < 1 && {
    path: "cache.snapshotRetentionDays",
    is: "0: production's queue of reminders is in the cache and must be restorable",
    to: 7,
  },
  !backup.vaultLock && {
    path: "backup.vaultLock",
    is: "false: in production a stolen credential must not be able to delete the backups",
    to: true,
  },
  (backup.copyToRegion ?? region) === region && {
    path: "backup.copyToRegion",
    is: `${backup.copyToRegion ?? "missing"}: production's backups must outlive the region, ${region}`,
    to: copyRegionOf(region),
  },
  secrets.recoveryWindowDays === 0 && {
    path: "secrets.recoveryWindowDays",
    is: "0: in production a deleted secret must be recoverable",
    to: 30,
  },
];
