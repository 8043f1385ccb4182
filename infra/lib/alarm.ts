import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Runbook, withRunbook } from "./runbook.ts";

type Condition = Pick<
  aws.cloudwatch.MetricAlarmArgs,
  | "comparisonOperator"
  | "threshold"
  | "period"
  | "evaluationPeriods"
  | "datapointsToAlarm"
  | "treatMissingData"
>;

type Metric = Pick<
  aws.cloudwatch.MetricAlarmArgs,
  "namespace" | "metricName" | "dimensions" | "statistic" | "metricQueries"
>;

/** What is told, and to whom. */
interface Message {
  /** What is wrong when it rings, in a sentence for somebody just woken. */
  summary: string;
  /** What to do about it. */
  runbook: Runbook;
  /** Who is told, also when it is over. */
  topicArn: pulumi.Input<string>;
}

/** What is measured, how much is too much, and who is told. */
export interface AlarmArgs extends Message, Metric, Condition {}

/** A CloudWatch alarm that says what is wrong and names the procedure, and tells when it is over. */
export function alarm(
  name: string,
  { summary, runbook, topicArn, ...measured }: AlarmArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      name,
      alarmDescription: withRunbook(summary, runbook),
      alarmActions: [topicArn],
      okActions: [topicArn],
      ...measured,
    },
    opts,
  );
}

/** More than `most` in one period. Silence is no trouble: what is not called fails at nothing. */
export const moreThan = (most: number, periodSeconds: number) =>
  ({
    period: periodSeconds,
    comparisonOperator: "GreaterThanThreshold",
    threshold: most,
    evaluationPeriods: 1,
    treatMissingData: "notBreaching",
  }) satisfies Condition;

export interface LogAlarmArgs extends Message {
  /** Log group whose lines are counted. */
  logGroupName: pulumi.Input<string>;
  /** Which lines count: a CloudWatch filter pattern. */
  pattern: string;
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Metric that the lines are counted in. */
  metricName: string;
  /** More lines than this in a period are too many. */
  most: number;
  /** Length of a period, seconds. */
  periodSeconds: number;
}

/** An alarm on lines of a log, with the metric that counts them. */
export function logAlarm(
  name: string,
  {
    logGroupName,
    pattern,
    metricNamespace: namespace,
    metricName,
    most,
    periodSeconds,
    ...message
  }: LogAlarmArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  new aws.cloudwatch.LogMetricFilter(
    name,
    {
      name,
      logGroupName,
      pattern,
      metricTransformation: { name: metricName, namespace, value: "1", defaultValue: "0", unit: "Count" },
    },
    opts,
  );
  return alarm(
    name,
    { ...message, namespace, metricName, statistic: "Sum", ...moreThan(most, periodSeconds) },
    opts,
  );
}

/** A component whose alarms a schedule can mute. */
export interface Alarming {
  /** Names of its alarms, known once they stand. */
  readonly alarmNames: readonly pulumi.Output<string>[];
}
