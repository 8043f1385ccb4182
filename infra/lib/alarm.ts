import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Runbook, withRunbook } from "./runbook.ts";

/** What it means when no data comes, and why. */
interface MissingData {
  treat: "breaching" | "notBreaching" | "ignore";
  /** The rest of a sentence that begins with "No data counts as …:". */
  because: string;
}

interface Condition
  extends Pick<
    aws.cloudwatch.MetricAlarmArgs,
    | "comparisonOperator"
    | "threshold"
    | "period"
    | "evaluationPeriods"
    | "datapointsToAlarm"
    | "evaluateLowSampleCountPercentiles"
  > {
  missing: MissingData;
}

type Metric = Pick<
  aws.cloudwatch.MetricAlarmArgs,
  "namespace" | "metricName" | "dimensions" | "statistic" | "extendedStatistic" | "metricQueries"
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

/** A part of a composite alarm tells nobody itself. */
interface PartMessage extends Omit<Message, "topicArn"> {
  topicArn?: undefined;
}

/** What is measured, how much is too much, and who is told. */
export type AlarmArgs = (Message | PartMessage) & Metric & Condition;

const meanings = { breaching: "trouble", notBreaching: "well", ignore: "no news" } as const;

/** A CloudWatch alarm that says what is wrong, what silence means and which procedure helps, and tells when it is over. */
export function alarm(
  name: string,
  { summary, runbook, topicArn, missing, ...measured }: AlarmArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  const told = topicArn === undefined ? [] : [topicArn];
  const silence = `No data counts as ${meanings[missing.treat]}: ${missing.because}`;
  const made = new aws.cloudwatch.MetricAlarm(
    name,
    {
      name,
      alarmDescription: withRunbook(`${summary} ${silence}`, runbook),
      alarmActions: told,
      okActions: told,
      treatMissingData: missing.treat,
      ...measured,
    },
    opts,
  );
  definitions.set(made, { name, ...measured });
  return made;
}

type Definition = Metric & Omit<Condition, "missing"> & { name: string };
/** What alarms are made with: in a preview, a resource's own outputs are unknown where nothing is set. */
const definitions = new WeakMap<aws.cloudwatch.MetricAlarm, Definition>();

/** What an alarm measures, and its threshold. */
export function definitionOf(made: aws.cloudwatch.MetricAlarm): Definition {
  const definition = definitions.get(made);
  if (definition === undefined) throw new TypeError("an alarm that alarm() did not make");
  return definition;
}

/** For metrics that come only when something fails. */
export const nothingFailed: MissingData = {
  treat: "notBreaching",
  because: "what is not called fails at nothing.",
};

/** More than `most` in one period. */
export const moreThan = (most: number, periodSeconds: number, missing: MissingData = nothingFailed) =>
  ({
    period: periodSeconds,
    comparisonOperator: "GreaterThanThreshold",
    threshold: most,
    evaluationPeriods: 1,
    missing,
  }) satisfies Condition;

/** Above or below a threshold for `minutes`, by data points of five minutes. */
export const lasting = (
  comparison: "above" | "below",
  threshold: number,
  minutes: number,
  missing: MissingData,
) =>
  ({
    period: 300,
    comparisonOperator: comparison === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
    threshold,
    evaluationPeriods: minutes / 5,
    missing,
  }) satisfies Condition;

/** An alarm with its name, known before it is made. */
export interface NamedAlarm {
  name: string;
  alarm: aws.cloudwatch.MetricAlarm | aws.cloudwatch.CompositeAlarm;
}

export interface CompositeAlarmArgs extends Message {
  /** Any of these makes it ring. They tell nobody themselves. */
  parts: readonly NamedAlarm[];
  /** The alarm of their cause: while that rings, this stays silent. */
  cause: NamedAlarm;
}

/** Seconds that it waits for the alarm of the cause, which may ring a little later; and stays silent after its end. */
const suppression = { waitPeriod: 120, extensionPeriod: 300 };

/** One message for alarms that one outage sets off, and none where the alarm of their cause has told already. */
export function compositeAlarm(
  name: string,
  { summary, runbook, topicArn, parts, cause }: CompositeAlarmArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.CompositeAlarm {
  const names = parts.map((part) => part.name);
  return new aws.cloudwatch.CompositeAlarm(
    name,
    {
      alarmName: name,
      alarmDescription: withRunbook(
        `${summary} Any of: ${names.join(", ")}. Silent while ${cause.name} rings.`,
        runbook,
      ),
      alarmRule: names.map((part) => `ALARM("${part}")`).join(" OR "),
      actionsSuppressor: { alarm: cause.name, ...suppression },
      alarmActions: [topicArn],
      okActions: [topicArn],
    },
    // By their names alone the engine would not know that they come first.
    { ...opts, dependsOn: [...parts, cause].map((named) => named.alarm) },
  );
}

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
    { ...message, namespace, metricName, statistic: "Sum", ...moreThan(most, periodSeconds, noLine) },
    opts,
  );
}

const noLine: MissingData = {
  treat: "notBreaching",
  because: "no line, no event; another alarm watches that lines arrive.",
};

/** A component whose alarms a schedule can mute. */
export interface Alarming {
  readonly alarms: readonly (aws.cloudwatch.MetricAlarm | aws.cloudwatch.CompositeAlarm)[];
}

/** Name of an alarm, known once it stands. */
export const nameOf = (made: Alarming["alarms"][number]): pulumi.Output<string> =>
  "alarmName" in made ? made.alarmName : made.name;
