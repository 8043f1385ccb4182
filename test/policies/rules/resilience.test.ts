import { resilienceRules } from "../../../infra/policies/rules/resilience.ts";
import { proveRules } from "./support.ts";

const replica = { replicateSourceDb: "db" };

proveRules("resilience and backups", resilienceRules, {
  "rds-backed-up": {
    passes: [{ backupRetentionPeriod: 7 }, replica],
    fails: [{}, { backupRetentionPeriod: 6 }],
  },
  "rds-in-backup-plan": {
    passes: [{ inputs: {}, beside: [{ type: "aws:backup/selection:Selection" }] }, replica],
    fails: [{}],
  },
  "rds-multi-az": { passes: [{ multiAz: true }, replica], fails: [{}, { multiAz: false }] },
  "rds-deletion-protected": { passes: [{ deletionProtection: true }], fails: [{}] },
  "rds-final-snapshot": {
    passes: [
      { copyTagsToSnapshot: true, skipFinalSnapshot: false },
      { ...replica, copyTagsToSnapshot: true, skipFinalSnapshot: true },
    ],
    fails: [{}, { copyTagsToSnapshot: true, skipFinalSnapshot: true }],
  },
  "rds-upgraded": {
    passes: [{}, { autoMinorVersionUpgrade: true }],
    fails: [{ autoMinorVersionUpgrade: false }],
  },
  "cache-backed-up": { passes: [{ snapshotRetentionLimit: 1 }], fails: [{}, { snapshotRetentionLimit: 0 }] },
  "cache-upgraded": {
    passes: [{}, { autoMinorVersionUpgrade: true }],
    fails: [{ autoMinorVersionUpgrade: false }],
  },
  "cache-failover": {
    passes: [{ automaticFailoverEnabled: true, multiAzEnabled: true }],
    fails: [{}, { automaticFailoverEnabled: true }],
  },
  "cache-own-subnets": {
    passes: [{ subnetGroupName: "isolated" }, { subnetGroupName: "[unknown]" }],
    fails: [{}, { subnetGroupName: "default" }],
  },
  "eks-deletion-protected": { passes: [{ deletionProtection: true }], fails: [{}] },
  "bucket-expires": {
    passes: [
      { inputs: {}, beside: [{ type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration" }] },
    ],
    fails: [{}],
  },
});
