import type { Resource } from "../resource.ts";
import type { ResourceGraph } from "../resource-graph.ts";
import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const instance = ["aws:rds/instance:Instance"];
const logGroup = ["aws:cloudwatch/logGroup:LogGroup"];

/** Logs of MySQL that say what went wrong, what was slow and who did what. */
const databaseLogs = ["audit", "error", "slowquery"];
/** RDS events that a subscription must report, by its source type (FSBP RDS.20 to 22). */
const criticalEvents: Record<string, readonly string[]> = {
  "db-instance": ["maintenance", "configuration change", "failure"],
  "db-parameter-group": ["configuration change"],
  "db-security-group": ["configuration change", "failure"],
};

const composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm";

const tellsItself = (alarm: Resource): boolean =>
  alarm.has("alarmActions") && alarm.list("alarmActions").length > 0;

/** Whether a composite alarm that tells somebody names it in its rule. */
const isPart = (alarm: Resource, graph: ResourceGraph): boolean => {
  const name = alarm.text("name") ?? alarm.text("alarmName");
  return graph
    .ofType(composite)
    .some((whole) => tellsItself(whole) && whole.text("alarmRule")?.includes(`ALARM("${name}")`));
};

/** What is seen: logs, metrics, alarms. */
export const observabilityRules: readonly Rule[] = [
  {
    id: "rds-logged",
    title: "Databases send their audit, error and slow-query logs to CloudWatch",
    severity: "medium",
    controls: ["RDS.9", "CKV_AWS_129"],
    types: instance,
    fix: `Set enabledCloudwatchLogsExports to ${databaseLogs.join(", ")}.`,
    check: (database) => {
      const exported = database.texts("enabledCloudwatchLogsExports");
      const missing = databaseLogs.filter((log) => !exported.includes(log));
      return unless(missing.length === 0, `does not send its ${missing.join(", ")} log`);
    },
  },
  {
    id: "rds-monitored",
    title: "Databases are watched from inside their machine, and by Performance Insights",
    severity: "low",
    controls: ["RDS.6", "CKV_AWS_118", "CKV_AWS_353"],
    types: instance,
    fix: "Set monitoringInterval, monitoringRoleArn and performanceInsightsEnabled; micro and small classes cannot have the latter.",
    check: (database) => {
      if ((database.number("monitoringInterval") ?? 0) === 0) return "has no enhanced monitoring";
      return unless(database.isTrue("performanceInsightsEnabled"), "has no Performance Insights");
    },
  },
  {
    id: "rds-insights-unhindered",
    title: "Parameter groups leave the Performance Schema to Database Insights",
    severity: "low",
    controls: [],
    types: ["aws:rds/parameterGroup:ParameterGroup"],
    fix: "Take performance_schema out of parameters: at 0 as at 1 it ends what Database Insights sets by itself.",
    check: (group) => {
      const named = group.blocks("parameters").some(({ name }) => name === "performance_schema");
      return unless(!named, "sets performance_schema, which ends its management by Database Insights");
    },
  },
  {
    id: "rds-events-told",
    title: "A subscription to RDS events includes all critical ones",
    severity: "low",
    controls: ["RDS.20", "RDS.21", "RDS.22"],
    types: ["aws:rds/eventSubscription:EventSubscription"],
    fix: "Add the categories to eventCategories, or leave that out to get all.",
    check: (subscription) => {
      const wanted = criticalEvents[subscription.text("sourceType") ?? ""] ?? [];
      const told = subscription.texts("eventCategories");
      const missing = told.length === 0 ? [] : wanted.filter((category) => !told.includes(category));
      return unless(missing.length === 0, `does not tell of ${missing.join(", ")}`);
    },
  },
  {
    id: "vpc-flow-logged",
    title: "VPCs log their traffic",
    severity: "medium",
    controls: ["EC2.6", "CKV2_AWS_11"],
    types: ["aws:ec2/vpc:Vpc"],
    across: true,
    fix: "Add an aws.ec2.FlowLog of this VPC with trafficType ALL or REJECT.",
    check: (vpc, graph) =>
      unless(graph.referringTo(vpc, "aws:ec2/flowLog:FlowLog").length > 0, "keeps no flow log"),
  },
  {
    id: "log-retention-set",
    title: "Logs say how long they are kept",
    severity: "low",
    controls: ["CKV_AWS_66"],
    types: logGroup,
    fix: "Set retentionInDays.",
    check: (group) => unless((group.number("retentionInDays") ?? 0) > 0, "keeps everything for ever"),
  },
  {
    id: "log-retention-year",
    title: "Logs are kept for a year",
    severity: "low",
    controls: ["CKV_AWS_338"],
    types: logGroup,
    fix: "Set the section's logRetentionDays to 365 or more.",
    check: (group) => {
      const days = group.number("retentionInDays") ?? 0;
      return unless(days === 0 || days >= 365, `is kept for ${days} days`);
    },
  },
  {
    id: "alarm-tells",
    title: "Alarms notify a topic, and name a runbook",
    severity: "medium",
    controls: ["CKV_AWS_319"],
    types: ["aws:cloudwatch/metricAlarm:MetricAlarm", composite],
    across: true,
    fix: "Set alarmActions to one of the topics or make it part of a composite alarm, leave actionsEnabled on, and name the runbook in alarmDescription.",
    check: (alarm, graph) => {
      if (alarm.get("actionsEnabled") === false || !(tellsItself(alarm) || isPart(alarm, graph)))
        return "tells nobody";
      return unless((alarm.text("alarmDescription") ?? "").includes("docs/runbooks/"), "names no runbook");
    },
  },
  {
    id: "alarms-mutable",
    title: "Mute rules name no more alarms than AWS takes",
    severity: "high",
    controls: [],
    types: ["aws:cloudwatch/alarmMuteRule:AlarmMuteRule"],
    fix: "Take alarms out of muteTargets.alarmNames, or split the rule: AWS refuses more than 100 names.",
    check: (rule) => {
      const { length } = rule.list("muteTargets.alarmNames");
      return unless(length <= 100, `mutes ${length} alarms, and AWS takes 100`);
    },
  },
  {
    id: "event-rule-fed",
    title: "Event rules that listen to CloudTrail have a trail that feeds them",
    severity: "low",
    controls: [],
    types: ["aws:cloudwatch/eventRule:EventRule"],
    across: true,
    fix: "Set audit.trail, or see that the account has one of management events (aws cloudtrail describe-trails).",
    check: (rule, graph) =>
      unless(
        !rule.has("eventPattern") ||
          !rule.text("eventPattern")?.includes("via CloudTrail") ||
          graph.ofType("aws:cloudtrail/trail:Trail").length > 0,
        "hears nothing unless the account has a trail of management events",
      ),
  },
  {
    id: "bucket-logged",
    title: "Buckets log who reads them",
    severity: "low",
    controls: ["S3.9"],
    types: ["aws:s3/bucket:Bucket"],
    across: true,
    fix: "Add an aws.s3.BucketLogging that writes to another bucket.",
    check: (bucket, graph) =>
      unless(
        graph.referringTo(bucket, "aws:s3/bucketLogging:BucketLogging").length > 0,
        "does not log who reads it",
      ),
  },
  {
    id: "bucket-private",
    title: "Buckets refuse every way of being made public",
    severity: "critical",
    controls: ["S3.8"],
    types: ["aws:s3/bucket:Bucket"],
    across: true,
    fix: "Add an aws.s3.BucketPublicAccessBlock with all four switches on.",
    check: (bucket, graph) =>
      unless(
        graph
          .referringTo(bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
          .some((block) =>
            ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
              (key) => block.isTrue(key),
            ),
          ),
        "could be made public",
      ),
  },
];
