import type { Resource } from "../resource.ts";
import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const instance = ["aws:rds/instance:Instance"];
const cache = ["aws:elasticache/replicationGroup:ReplicationGroup"];

/** What survives: backups, standbys, protection from deletion, upgrades. */
export const resilienceRules: readonly Rule[] = [
  {
    id: "rds-backed-up",
    title: "Databases keep at least seven days of point-in-time recovery",
    severity: "high",
    controls: ["RDS.11", "CKV_AWS_133"],
    types: instance,
    fix: "Set database.backupRetentionDays to 7 or more.",
    check: (database) =>
      unless((database.number("backupRetentionPeriod") ?? 0) >= 7, "keeps backups for less than seven days"),
  },
  {
    id: "rds-in-backup-plan",
    title: "Databases are in a plan of AWS Backup",
    severity: "medium",
    controls: [],
    types: instance,
    across: true,
    fix: "Add its ARN to the resources of an aws.backup.Selection.",
    check: (database, graph) =>
      unless(
        graph.referringTo(database, "aws:backup/selection:Selection").length > 0,
        "is in no backup plan",
      ),
  },
  {
    id: "rds-retention-left-to-backup",
    title: "Databases leave the retention of their backups to AWS Backup where it keeps them continuously",
    severity: "high",
    controls: [],
    types: instance,
    across: true,
    fix: 'Add "backupRetentionPeriod" to the instance\'s ignoreChanges: once AWS Backup holds its continuous recovery point, RDS refuses any other value.',
    check: (database, graph) =>
      unless(
        database.ignoreChanges.includes("backupRetentionPeriod") ||
          !graph.ofType("aws:backup/plan:Plan").some(isContinuous),
        "would change its backupRetentionPeriod, which RDS refuses while AWS Backup keeps its backups",
      ),
  },
  {
    id: "rds-multi-az",
    title: "Databases have a standby in another zone",
    severity: "high",
    controls: ["RDS.5", "CKV_AWS_157"],
    types: instance,
    fix: "Set database.multiAz: true.",
    check: (database) => unless(database.isTrue("multiAz"), "has no standby in another zone"),
  },
  {
    id: "rds-deletion-protected",
    title: "Databases cannot be deleted by one command",
    severity: "high",
    controls: ["RDS.8", "CKV_AWS_293"],
    types: instance,
    fix: "Set database.deletionProtection: true.",
    check: (database) => unless(database.isTrue("deletionProtection"), "can be deleted by one command"),
  },
  {
    id: "rds-final-snapshot",
    title: "A deleted database leaves a snapshot, with its tags",
    severity: "high",
    controls: ["RDS.17", "CKV2_AWS_60"],
    types: instance,
    fix: "Set copyTagsToSnapshot: true, and database.finalSnapshot: true.",
    check: (database) => {
      if (!database.isTrue("copyTagsToSnapshot")) return "does not pass its tags on to its snapshots";
      return unless(!database.isTrue("skipFinalSnapshot"), "leaves no snapshot behind when it is deleted");
    },
  },
  {
    id: "rds-upgraded",
    title: "Databases take minor upgrades by themselves",
    severity: "medium",
    controls: ["RDS.13", "CKV_AWS_226"],
    types: instance,
    fix: 'Set database.engineVersion to "8.4", without a minor.',
    check: (database) =>
      unless(database.get("autoMinorVersionUpgrade") !== false, "takes no minor upgrades by itself"),
  },
  {
    id: "cache-backed-up",
    title: "Caches are backed up every day",
    severity: "medium",
    controls: ["ElastiCache.1"],
    types: cache,
    fix: "Set cache.snapshotRetentionDays to 1 or more.",
    check: (group) => unless((group.number("snapshotRetentionLimit") ?? 0) >= 1, "is not backed up"),
  },
  {
    id: "cache-upgraded",
    title: "Caches take minor upgrades by themselves",
    severity: "medium",
    controls: ["ElastiCache.2"],
    types: cache,
    fix: "Set autoMinorVersionUpgrade: true.",
    check: (group) =>
      unless(group.get("autoMinorVersionUpgrade") !== false, "takes no minor upgrades by itself"),
  },
  {
    id: "cache-failover",
    title: "Caches fail over to another zone",
    severity: "medium",
    controls: ["ElastiCache.3", "CKV2_AWS_50"],
    types: cache,
    fix: "Set cache.replicas to 1 or more and cache.multiAz: true.",
    check: (group) =>
      unless(
        group.isTrue("automaticFailoverEnabled") && group.isTrue("multiAzEnabled"),
        "does not fail over to another zone",
      ),
  },
  {
    id: "cache-own-subnets",
    title: "Caches are in subnets chosen for them",
    severity: "medium",
    controls: ["ElastiCache.7"],
    types: cache,
    fix: "Set subnetGroupName to a group of isolated subnets.",
    check: (group) =>
      unless(
        group.has("subnetGroupName") && readable(group, "subnetGroupName") !== "default",
        "stands in the default subnet group",
      ),
  },
  {
    id: "eks-deletion-protected",
    title: "Clusters cannot be deleted by one command",
    severity: "medium",
    controls: [],
    types: ["aws:eks/cluster:Cluster"],
    fix: "Set cluster.deletionProtection: true.",
    check: (cluster) => unless(cluster.isTrue("deletionProtection"), "can be deleted by one command"),
  },
  {
    id: "bucket-expires",
    title: "Buckets say how long they keep what is in them",
    severity: "low",
    controls: ["S3.13"],
    types: ["aws:s3/bucket:Bucket"],
    across: true,
    fix: "Add an aws.s3.BucketLifecycleConfiguration.",
    check: (bucket, graph) =>
      unless(
        graph.referringTo(bucket, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").length >
          0,
        "keeps everything for ever",
      ),
  },
];

const isContinuous = (plan: Resource): boolean =>
  plan.blocks("rules").some(({ enableContinuousBackup }) => enableContinuousBackup === true);

/** A name that AWS can choose; an unknown one counts as different. */
function readable(subject: Resource, path: string): string | undefined {
  return subject.has(path) && typeof subject.inputs[path] === "string"
    ? String(subject.inputs[path])
    : undefined;
}
