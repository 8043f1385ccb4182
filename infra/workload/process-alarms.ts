import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logEvents, type QueueSigns, type VitalSigns } from "../../app/contract/log-events.ts";
import type { Environment } from "../config/schema.ts";
import { type Alarming, alarm, lasting, moreThan, type NamedAlarm } from "../lib/alarm.ts";
import { eventPattern } from "./event-pattern.ts";

export interface ProcessAlarmsArgs {
  /** `bulwark:alarms.thresholds` of the configuration. */
  thresholds: Environment["alarms"]["thresholds"];
  /** Pods of the API at most. */
  maxReplicas: number;
  /** WebSockets that a process takes at most. */
  mostWebSockets: number;
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Log group with what the API prints. */
  logGroupName: pulumi.Input<string>;
  /** Topic of those who get up for it. */
  pageTopicArn: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
  /** What stays silent while the database is away, for the message. */
  silencedByDatabase: readonly string[];
}

const noProcess = {
  treat: "notBreaching",
  because: "without a process there is no line; other alarms tell of pods and of lines that do not arrive.",
} as const;

/**
 * What the API's processes tell of themselves: CloudWatch takes the figures from their lines of vital signs. The embedded metric
 * format would cost the same (a metric is 0.30 USD a month, a line a minute 0.01 for each pod), and it needs its line at
 * the top of the log event, where the collector puts its own. The agent's scraper would write each series of /metrics each
 * minute. docs/cost.md has the figures.
 */
export class ProcessAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];
  /** Rings when the API cannot reach the database. */
  readonly databaseAway: NamedAlarm;

  constructor(name: string, args: ProcessAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:ProcessAlarms", name, {}, opts);
    const databaseAway = `${name}-database-away`;
    this.databaseAway = { name: databaseAway, alarm: this.#databaseAway(databaseAway, args) };
    this.alarms = [
      this.databaseAway.alarm,
      this.#webSockets(`${name}-web-sockets`, args),
      this.#restarts(`${name}-restarts`, args),
      ...this.#queue(`${name}-queue`, args),
    ];
    this.registerOutputs();
  }

  #databaseAway(name: string, args: ProcessAlarmsArgs) {
    return alarm(
      name,
      {
        summary: `No process of the API has reached the database for three minutes. Silent meanwhile, as its consequence: ${args.silencedByDatabase.join(", ")}.`,
        runbook: "service-down",
        topicArn: args.pageTopicArn,
        ...this.#sign(name, args, "databaseAway", "DatabaseAway"),
        // The lowest of all processes: one that alone cannot reach it is the pod's trouble.
        statistic: "Minimum",
        period: 60,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: 1,
        evaluationPeriods: 3,
        missing: noProcess,
      },
      { parent: this },
    );
  }

  #webSockets(name: string, args: ProcessAlarmsArgs) {
    const most = Math.floor((args.mostWebSockets * args.thresholds.webSocketPercent) / 100);
    return alarm(
      name,
      {
        summary: `A replica has more than ${most} of ${args.mostWebSockets} WebSockets: it soon refuses further ones.`,
        runbook: "service-down",
        topicArn: args.notifyTopicArn,
        ...this.#sign(name, args, "webSockets", "WebSockets"),
        statistic: "Maximum",
        ...lasting("above", most, 5, noProcess),
      },
      { parent: this },
    );
  }

  /** A release starts each pod once. One that crashes is started six times in ten minutes. */
  #restarts(name: string, args: ProcessAlarmsArgs) {
    // The worker is one process more.
    const most = 2 * (args.maxReplicas + 1);
    this.#metric(name, args, eventPattern(logEvents.started), "ProcessStarts", "1");
    return alarm(
      name,
      {
        summary: `Processes of the API or the worker started more than ${most} times in ten minutes: they crash.`,
        runbook: "service-down",
        topicArn: args.notifyTopicArn,
        namespace: args.metricNamespace,
        metricName: "ProcessStarts",
        statistic: "Sum",
        ...moreThan(most, 600, noProcess),
      },
      { parent: this },
    );
  }

  /** How many jobs wait, and for how long: a queue that is never empty has a job that waits. */
  #queue(name: string, args: ProcessAlarmsArgs) {
    const { queueWaitingJobs } = args.thresholds;
    const waiting: keyof QueueSigns = "waiting";
    const pattern = eventPattern(logEvents.queueSigns);
    this.#metric(`${name}-depth`, args, pattern, "QueueWaiting", `$.log_processed.${waiting}`);
    const warn = (suffix: string, summary: string, statistic: string, most: number) =>
      alarm(
        `${name}-${suffix}`,
        {
          summary,
          runbook: "service-down",
          topicArn: args.notifyTopicArn,
          namespace: args.metricNamespace,
          metricName: "QueueWaiting",
          statistic,
          ...lasting("above", most, 15, {
            treat: "breaching",
            because: "the worker counts once a minute; without it, or without Redis, nothing is done.",
          }),
        },
        { parent: this },
      );
    return [
      warn(
        "depth",
        `More than ${queueWaitingJobs} jobs have waited for the worker for a quarter of an hour.`,
        "Maximum",
        queueWaitingJobs,
      ),
      warn("age", "The worker's queue has not been empty for a quarter of an hour.", "Minimum", 0),
    ];
  }

  /** A metric with a figure of the vital signs, from each process once a minute. */
  #sign(name: string, args: ProcessAlarmsArgs, sign: keyof VitalSigns, metricName: string) {
    this.#metric(name, args, eventPattern(logEvents.vitalSigns), metricName, `$.log_processed.${sign}`);
    return { namespace: args.metricNamespace, metricName };
  }

  #metric(name: string, args: ProcessAlarmsArgs, pattern: string, metricName: string, value: string) {
    new aws.cloudwatch.LogMetricFilter(
      name,
      {
        name,
        logGroupName: args.logGroupName,
        pattern,
        metricTransformation: { name: metricName, namespace: args.metricNamespace, value, unit: "Count" },
      },
      { parent: this },
    );
  }
}
