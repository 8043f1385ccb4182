import { auditMetrics } from "../../functions/audit-secrets/audit.ts";
import type { Resource } from "../../policies/resource.ts";
import type { Bill, Pricer } from "../bill.ts";
import { databaseHours, nodeHours, type Running } from "../running-hours.ts";

/** Keys, secrets, logs and alarms. */
export const operationsPricers: Readonly<Record<string, Pricer>> = {
  "aws:kms/key:Key": (key, bill) => [
    bill.line(key, "key", 1, "kms.key"),
    bill.line(key, "requests", bill.assume("kmsRequests") / 10_000, "kms.requests"),
  ],
  "aws:secretsmanager/secret:Secret": (secret, bill) => [
    bill.line(secret, "secret", 1, "secretsmanager.secret"),
    bill.line(secret, "calls", bill.assume("secretCalls") / 10_000, "secretsmanager.calls"),
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": (alarm, bill) => [
    bill.line(alarm, "alarm, by metric", Math.max(1, metricsOf(alarm)), "cloudwatch.alarm"),
  ],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": (alarm, bill) => [
    bill.line(alarm, "alarm of alarms", 5, "cloudwatch.alarm"),
  ],
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": (filter, bill) => [
    bill.line(filter, "metric", hoursOf(filter, bill).share, "cloudwatch.metric"),
  ],
  // Its runs are free; the metrics that it writes by its log are not.
  "aws:lambda/function:Function": (lambda, bill) =>
    lambda.has("environment.variables.METRIC_NAMESPACE")
      ? [bill.line(lambda, "metrics", Object.keys(auditMetrics).length, "cloudwatch.metric")]
      : [],
  "aws:cloudwatch/dashboard:Dashboard": (dashboard, bill) => {
    const dashboards = bill.graph.ofType("aws:cloudwatch/dashboard:Dashboard").length;
    const paid = Math.max(0, dashboards - bill.assume("freeDashboards")) / dashboards;
    return [bill.line(dashboard, "dashboard", paid, "cloudwatch.dashboard")];
  },
  "aws:cloudwatch/logGroup:LogGroup": (group, bill) => {
    const written = gigabytesOf(group, bill);
    const months = (group.number("retentionInDays") ?? 365) / 30;
    return [
      bill.line(group, "written", written, "logs.ingested"),
      bill.line(group, "kept", written * months * bill.assume("logCompression"), "logs.kept"),
    ];
  },
  "aws:ecr/repository:Repository": (repository, bill) => [
    bill.line(repository, "images", bill.assume("imagesGb"), "ecr.storage"),
  ],
  "aws:s3/bucket:Bucket": (bucket, bill) => {
    const [lifecycle] = bill.graph
      .ofType("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
      .filter(({ name }) => name === bucket.name);
    const days = Number(/"days":(\d+)/.exec(JSON.stringify(lifecycle?.inputs.rules ?? []))?.[1] ?? 365);
    // A trail's log files, or the load balancer's log: a line for each request.
    const written = bucket.name.endsWith("-trail-logs")
      ? bill.assume("trailGb")
      : (bill.requests() * bill.assume("logKbPerRequest")) / 1e6;
    return [bill.line(bucket, "storage", written * (days / 30), "s3.storage")];
  },
};

/**
 * A metric is paid by the hours in which something is written to it: "prorated by the hour and metered only when you send metrics"
 * (aws.amazon.com/cloudwatch/pricing). A filter writes only when lines come.
 */
const hoursOf = (filter: Resource, bill: Bill): Running =>
  /slow-queries$/.test(filter.name) ? databaseHours(bill) : nodeHours(bill);

/** Metrics that an alarm reads: its queries that are not computed from others. */
const metricsOf = (alarm: Resource): number =>
  alarm.blocks("metricQueries").filter(({ metric }) => metric !== undefined).length;

function gigabytesOf(group: Resource, bill: Bill): number {
  const name = `${group.name} ${group.has("name") && typeof group.inputs.name === "string" ? group.inputs.name : ""}`;
  if (/\/application\b/.test(name)) return (bill.requests() * bill.assume("logKbPerRequest")) / 1e6;
  if (/\/aws\/eks\//.test(name)) return bill.assume("controlPlaneLogGb");
  if (/\/aws\/rds\/instance\/.*\/audit/.test(name))
    return bill.assume("auditLogGb") * databaseHours(bill).share;
  if (/\bflow\b/.test(name)) return bill.assume("flowLogGb");
  return bill.assume("otherLogGb");
}
