import { observabilityRules } from "../../../../infra/policies/rules/observability.ts";
import { proveRules } from "./support.ts";

const block = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};
const access = (inputs: Record<string, unknown>) => ({
  inputs: {},
  beside: [{ type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", inputs }],
});
const alarm = { alarmActions: ["arn"], alarmDescription: "Disk. Runbook: docs/runbooks/disk-full.md" };

const whole = (part: string, alarmActions: string[]) => ({
  type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
  inputs: { alarmRule: `ALARM("${part}")`, alarmActions },
});
const muting = (count: number) => ({
  muteTargets: { alarmNames: Array.from({ length: count }, (_, index) => `alarm-${index}`) },
});

const byTrail = { eventPattern: '{"detail-type":["AWS Service Event via CloudTrail"]}' };

proveRules("logs and alarms", observabilityRules, {
  "rds-logged": {
    passes: [{ enabledCloudwatchLogsExports: ["audit", "error", "slowquery"] }],
    fails: [{}, { enabledCloudwatchLogsExports: ["error", "slowquery"] }],
  },
  "rds-monitored": {
    passes: [{ monitoringInterval: 60, performanceInsightsEnabled: true }],
    fails: [{}, { monitoringInterval: 60 }, { monitoringInterval: 0, performanceInsightsEnabled: true }],
  },
  "rds-insights-unhindered": {
    passes: [{}, { parameters: [{ name: "binlog_format", value: "ROW" }] }],
    fails: [{ parameters: [{ name: "performance_schema", value: "1" }] }],
  },
  "rds-events-told": {
    passes: [
      { sourceType: "db-instance" },
      { sourceType: "db-instance", eventCategories: ["maintenance", "configuration change", "failure"] },
    ],
    fails: [{ sourceType: "db-instance", eventCategories: ["failure"] }],
  },
  "vpc-flow-logged": { passes: [{ inputs: {}, beside: [{ type: "aws:ec2/flowLog:FlowLog" }] }], fails: [{}] },
  "log-retention-set": { passes: [{ retentionInDays: 1 }], fails: [{}, { retentionInDays: 0 }] },
  "log-retention-year": {
    passes: [{ retentionInDays: 365 }, { retentionInDays: 400 }],
    fails: [{ retentionInDays: 90 }],
  },
  "alarm-tells": {
    passes: [
      alarm,
      { ...alarm, alarmActions: ["[unknown]"] },
      { inputs: { ...alarm, name: "part", alarmActions: [] }, beside: [whole("part", ["arn"])] },
    ],
    fails: [
      {},
      { inputs: { ...alarm, name: "part", alarmActions: [] }, beside: [whole("another-part", ["arn"])] },
      { inputs: { ...alarm, name: "part", alarmActions: [] }, beside: [whole("part", [])] },
      { ...alarm, alarmActions: [] },
      { ...alarm, actionsEnabled: false },
      { ...alarm, alarmDescription: "Disk" },
    ],
  },
  "alarms-mutable": {
    passes: [muting(1), muting(100)],
    fails: [muting(101)],
  },
  "event-rule-fed": {
    passes: [
      { scheduleExpression: "rate(6 hours)" },
      { eventPattern: '{"source":["aws.backup"]}' },
      { inputs: byTrail, beside: [{ type: "aws:cloudtrail/trail:Trail" }] },
    ],
    fails: [byTrail],
  },
  "bucket-logged": {
    passes: [{ inputs: {}, beside: [{ type: "aws:s3/bucketLogging:BucketLogging" }] }],
    fails: [{}],
  },
  "bucket-private": { passes: [access(block)], fails: [{}, access({ ...block, blockPublicAcls: false })] },
});
