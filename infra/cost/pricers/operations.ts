import { auditMetrics } from "../../functions/audit-secrets/audit.ts";
import type { Resource } from "../../policies/resource.ts";
import type { Pricer, Reckoning } from "../bill.ts";
import { databaseHours } from "../running-hours.ts";

/** Keys, secrets, logs and alarms. */
export const operationsPricers: Readonly<Record<string, Pricer>> = {
  "aws:kms/key:Key": (key, reckon) => [
    reckon.line(key, "key", 1, "kms.key"),
    reckon.line(key, "requests", reckon.assume("kmsRequests") / 10_000, "kms.requests"),
  ],
  "aws:secretsmanager/secret:Secret": (secret, reckon) => [
    reckon.line(secret, "secret", 1, "secretsmanager.secret"),
    reckon.line(secret, "calls", reckon.assume("secretCalls") / 10_000, "secretsmanager.calls"),
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": (alarm, reckon) => [
    reckon.line(alarm, "alarm, by metric", Math.max(1, metricsOf(alarm)), "cloudwatch.alarm"),
  ],
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": (alarm, reckon) => [
    reckon.line(alarm, "alarm of alarms", 5, "cloudwatch.alarm"),
  ],
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": (filter, reckon) => [
    reckon.line(filter, "metric", 1, "cloudwatch.metric"),
  ],
  // Its runs are free; the metrics that it writes by its log are not.
  "aws:lambda/function:Function": (lambda, reckon) =>
    lambda.has("environment.variables.METRIC_NAMESPACE")
      ? [reckon.line(lambda, "metrics", Object.keys(auditMetrics).length, "cloudwatch.metric")]
      : [],
  "aws:cloudwatch/dashboard:Dashboard": (dashboard, reckon) => [
    reckon.line(dashboard, "dashboard", 1, "cloudwatch.dashboard"),
  ],
  "aws:cloudwatch/logGroup:LogGroup": (group, reckon) => {
    const written = gigabytesOf(group, reckon);
    const months = (group.number("retentionInDays") ?? 365) / 30;
    return [
      reckon.line(group, "written", written, "logs.ingested"),
      reckon.line(group, "kept", written * months * reckon.assume("logCompression"), "logs.kept"),
    ];
  },
  "aws:ecr/repository:Repository": (repository, reckon) => [
    reckon.line(repository, "images", reckon.assume("imagesGb"), "ecr.storage"),
  ],
  "aws:s3/bucket:Bucket": (bucket, reckon) => {
    const [lifecycle] = reckon.graph
      .ofType("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
      .filter(({ name }) => name === bucket.name);
    const days = Number(/"days":(\d+)/.exec(JSON.stringify(lifecycle?.inputs.rules ?? []))?.[1] ?? 365);
    // A trail's log files, or the load balancer's log: a line for each request.
    const written = bucket.name.endsWith("-trail-logs")
      ? reckon.assume("trailGb")
      : (reckon.requests() * reckon.assume("logKbPerRequest")) / 1e6;
    return [reckon.line(bucket, "storage", written * (days / 30), "s3.storage")];
  },
};

/** Metrics that an alarm reads: its queries that are not computed from others. */
const metricsOf = (alarm: Resource): number =>
  alarm.blocks("metricQueries").filter(({ metric }) => metric !== undefined).length;

function gigabytesOf(group: Resource, reckon: Reckoning): number {
  const name = `${group.name} ${group.has("name") && typeof group.inputs.name === "string" ? group.inputs.name : ""}`;
  if (/\/application\b/.test(name)) return (reckon.requests() * reckon.assume("logKbPerRequest")) / 1e6;
  if (/\/aws\/eks\//.test(name)) return reckon.assume("controlPlaneLogGb");
  if (/\/aws\/rds\/instance\/.*\/audit/.test(name))
    return reckon.assume("auditLogGb") * databaseHours(reckon).share;
  if (/\bflow\b/.test(name)) return reckon.assume("flowLogGb");
  return reckon.assume("otherLogGb");
}
