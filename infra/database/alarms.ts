import * as pulumi from "@pulumi/pulumi";
import { type Alarming, alarm, logAlarm } from "../lib/alarm.ts";
import type { Database } from "./database.ts";
import { type DiskLimit, diskLimits } from "./disk-limits.ts";

export interface DatabaseAlarmsArgs {
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** The instance; its disk's size is the configuration's, or what it has grown to by the last deployment that looked. */
  database: Pick<Database, "identifier" | "allocatedGib" | "slowQueryLogGroupName">;
  /** Topic of those who get up for it. */
  pageTopicArn: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

/** One of the disk's alarms. */
interface Disk {
  summary: string;
  limit: pulumi.Output<DiskLimit>;
  treatMissingData: "breaching" | "ignore";
}

/** What the database warns of before it stops. */
export class DatabaseAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: DatabaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:DatabaseAlarms", name, {}, opts);
    const { identifier, allocatedGib } = args.database;
    const limits = allocatedGib.apply(diskLimits);
    const notGrown = this.#disk(`${name}-disk-${identifier}`, args, {
      summary: `Less than 10 % of the disk of ${identifier} has been free for half an hour: RDS has not made it larger by itself.`,
      limit: limits.notGrown,
      treatMissingData: "ignore",
    });
    const nearlyFull = this.#disk(`${name}-disk-nearly-full`, args, {
      summary: `Less than 5 % of the disk of ${identifier} is free, or the instance no longer says.`,
      limit: limits.nearlyFull,
      // An instance that says nothing about its disk is in trouble itself.
      treatMissingData: "breaching",
    });
    const slowQueries = this.#slowQueries(`${name}-slow-queries`, args);
    this.alarmNames = [notGrown, nearlyFull, slowQueries].map((made) => made.name);
    this.registerOutputs({ alarmNames: this.alarmNames });
  }

  #disk(
    name: string,
    { database, pageTopicArn }: DatabaseAlarmsArgs,
    { summary, limit, treatMissingData }: Disk,
  ) {
    return alarm(
      name,
      {
        summary,
        runbook: "disk-full",
        topicArn: pageTopicArn,
        namespace: "AWS/RDS",
        metricName: "FreeStorageSpace",
        dimensions: { DBInstanceIdentifier: database.identifier },
        statistic: "Minimum",
        period: 300,
        comparisonOperator: "LessThanThreshold",
        threshold: limit.belowBytes,
        evaluationPeriods: limit.minutes.apply((minutes) => minutes / 5),
        treatMissingData,
      },
      { parent: this },
    );
  }

  #slowQueries(name: string, { database, metricNamespace, notifyTopicArn }: DatabaseAlarmsArgs) {
    return logAlarm(
      name,
      {
        summary: "Database statements take longer than 1 s.",
        runbook: "slow-database",
        topicArn: notifyTopicArn,
        logGroupName: database.slowQueryLogGroupName,
        // The line of an entry that names its duration; MySQL writes an entry only for a statement above 1 s.
        pattern: '"Query_time"',
        metricNamespace,
        metricName: "SlowQueries",
        most: 0,
        periodSeconds: 300,
      },
      { parent: this },
    );
  }
}
