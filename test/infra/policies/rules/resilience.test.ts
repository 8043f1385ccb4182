import { resilienceRules } from "../../../../infra/policies/rules/resilience.ts";
import { proveRules } from "./support.ts";

const backupPlan = (enableContinuousBackup: boolean) => ({
  type: "aws:backup/plan:Plan",
  inputs: { rules: [{ ruleName: "daily" }, { enableContinuousBackup }] },
});

proveRules("resilience and backups", resilienceRules, {
  "rds-backed-up": {
    passes: [{ backupRetentionPeriod: 7 }],
    fails: [{}, { backupRetentionPeriod: 6 }],
  },
  "rds-in-backup-plan": {
    passes: [{ inputs: {}, beside: [{ type: "aws:backup/selection:Selection" }] }],
    fails: [{}],
  },
  "rds-retention-left-to-backup": {
    passes: [
      {},
      { inputs: {}, beside: [backupPlan(false)] },
      { inputs: {}, ignoreChanges: ["backupRetentionPeriod"], beside: [backupPlan(true)] },
    ],
    fails: [
      { inputs: {}, beside: [backupPlan(true)] },
      { inputs: {}, ignoreChanges: ["backupWindow"], beside: [backupPlan(true)] },
    ],
  },
  "rds-multi-az": { passes: [{ multiAz: true }], fails: [{}, { multiAz: false }] },
  "rds-deletion-protected": { passes: [{ deletionProtection: true }], fails: [{}] },
  "rds-final-snapshot": {
    passes: [{ copyTagsToSnapshot: true, skipFinalSnapshot: false }],
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
