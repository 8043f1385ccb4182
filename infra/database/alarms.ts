import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "../lib/alarm.ts";
import { type DiskLimit, diskLimits } from "./disk-limits.ts";

export interface DatabaseAlarmsArgs {
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Identifier of the instance. */
  identifier: string;
  /** Size of the disk as RDS has it, GiB: the configuration's, or what it has grown to by the last deployment that looked. */
  allocatedGb: pulumi.Input<number>;
  /** Log group of statements slower than `long_query_time` (1 s). */
  slowQueryLogGroupName: pulumi.Input<string>;
  pageTopicArn: pulumi.Input<string>;
  notifyTopicArn: pulumi.Input<string>;
}

/** One of the disk's alarms. */
interface Disk {
  says: string;
  limit: pulumi.Output<DiskLimit>;
  treatMissingData: "breaching" | "ignore";
}

/** What the database warns of before it stops. */
export class DatabaseAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: DatabaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:DatabaseAlarms", name, {}, opts);
    const limits = pulumi.output(args.allocatedGb).apply(diskLimits);
    this.#disk(`${name}-disk-${args.identifier}`, args, {
      says: `Less than 10 % of the disk of ${args.identifier} has been free for half an hour: RDS has not made it larger by itself.`,
      limit: limits.notGrown,
      treatMissingData: "ignore",
    });
    this.#disk(`${name}-disk-nearly-full`, args, {
      says: `Less than 5 % of the disk of ${args.identifier} is free, or the instance no longer says.`,
      limit: limits.nearlyFull,
      // An instance that says nothing about its disk is in trouble itself.
      treatMissingData: "breaching",
    });
    this.#slowQueries(`${name}-slow-queries`, args);
    this.registerOutputs();
  }

  #disk(
    name: string,
    { identifier, pageTopicArn }: DatabaseAlarmsArgs,
    { says, limit, treatMissingData }: Disk,
  ) {
    alarm(
      name,
      {
        says,
        runbook: "disk-full",
        topicArn: pageTopicArn,
        watches: {
          namespace: "AWS/RDS",
          metricName: "FreeStorageSpace",
          dimensions: { DBInstanceIdentifier: identifier },
          statistic: "Minimum",
          period: 300,
          comparisonOperator: "LessThanThreshold",
          threshold: limit.below,
          evaluationPeriods: limit.minutes.apply((minutes) => minutes / 5),
          treatMissingData,
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
