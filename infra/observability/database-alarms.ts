import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";

export interface DatabaseAlarmsArgs {
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Identifier of the instance. */
  identifier: string;
  /** Size of the disk, GiB. */
  storageGb: number;
  /** Log group of statements slower than `long_query_time` (1 s). */
  slowQueryLogGroupName: pulumi.Input<string>;
  pageTopicArn: pulumi.Input<string>;
  notifyTopicArn: pulumi.Input<string>;
}

/** Part of the disk that has to be free. */
const leastFree = 0.1;
const gibibyte = 2 ** 30;

/** What the database warns of before it stops. */
export class DatabaseAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: DatabaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:DatabaseAlarms", name, {}, opts);
    this.#freeDisk(`${name}-disk-${args.identifier}`, args);
    this.#slowQueries(`${name}-slow-queries`, args);
    this.registerOutputs();
  }

  #freeDisk(name: string, { identifier, storageGb, pageTopicArn }: DatabaseAlarmsArgs) {
    alarm(
      name,
      {
        says: `Less than ${leastFree * 100} % of the disk of ${identifier} is free.`,
        runbook: "disk-full",
        topicArn: pageTopicArn,
        watches: {
          namespace: "AWS/RDS",
          metricName: "FreeStorageSpace",
          dimensions: { DBInstanceIdentifier: identifier },
          statistic: "Minimum",
          period: 300,
          comparisonOperator: "LessThanThreshold",
          threshold: Math.floor(storageGb * gibibyte * leastFree),
          evaluationPeriods: 1,
          // An instance that says nothing about its disk is in trouble itself.
          treatMissingData: "breaching",
        },
      },
      this,
    );
  }

  #slowQueries(name: string, args: DatabaseAlarmsArgs) {
    const metricName = "SlowQueries";
    new aws.cloudwatch.LogMetricFilter(
      name,
      {
        name,
        logGroupName: args.slowQueryLogGroupName,
        // The line of an entry that names its duration; MySQL writes an entry only for a statement above 1 s.
        pattern: '"Query_time"',
        metricTransformation: {
          name: metricName,
          namespace: args.metricNamespace,
          value: "1",
          defaultValue: "0",
          unit: "Count",
        },
      },
      { parent: this },
    );
    alarm(
      name,
      {
        says: "Database statements take longer than 1 s.",
        runbook: "slow-database",
        topicArn: args.notifyTopicArn,
        watches: {
          namespace: args.metricNamespace,
          metricName,
          statistic: "Sum",
          period: 300,
          comparisonOperator: "GreaterThanThreshold",
          threshold: 0,
          evaluationPeriods: 1,
          treatMissingData: "notBreaching",
        },
      },
      this,
    );
  }
}
