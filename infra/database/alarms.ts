import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { type Alarming, alarm, lasting, logAlarm } from "../lib/alarm.ts";
import { memoryBytes, mostConnections } from "./capacity.ts";
import type { Database } from "./database.ts";
import { type DiskLimit, diskLimits } from "./disk-limits.ts";

export interface DatabaseAlarmsArgs {
  /** `bulwark:database` of the configuration. */
  settings: Pick<Environment["database"], "instanceClass" | "maxStorageGb">;
  /** `bulwark:alarms.thresholds` of the configuration. */
  thresholds: Environment["alarms"]["thresholds"];
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** The instance; its disk's size is the configuration's, or what it has grown to by the last deployment that looked. */
  database: Pick<Database, "identifier" | "allocatedGib" | "slowQueryLogGroupName">;
  /** Topic of those who get up for it. */
  pageTopicArn: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

/** That the instance is gone is told by the API, which cannot reach it: one outage, one page. */
const toldByTheApi = {
  treat: "ignore",
  because: "the alarm of the API, which no longer reaches the database, tells of an instance that is gone.",
} as const;

/** What the database warns of before it stops. */
export class DatabaseAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: DatabaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:DatabaseAlarms", name, {}, opts);
    const { identifier, allocatedGib } = args.database;
    const { freeDiskPercent } = args.thresholds;
    const limits = allocatedGib.apply((size) => diskLimits(size, freeDiskPercent));
    this.alarms = [
      this.#disk(
        `${name}-disk-${identifier}`,
        args,
        `Less than ${freeDiskPercent} % of the disk of ${identifier} has been free for half an hour: RDS has not made it larger by itself.`,
        limits.notGrown,
      ),
      this.#disk(
        `${name}-disk-nearly-full`,
        args,
        `Less than 5 % of the disk of ${identifier} is free.`,
        limits.nearlyFull,
      ),
      this.#diskForecast(`${name}-disk-forecast`, args),
      this.#slowQueries(`${name}-slow-queries`, args),
      ...this.#load(name, args),
    ];
    this.registerOutputs();
  }

  #disk(
    name: string,
    { database, pageTopicArn }: DatabaseAlarmsArgs,
    summary: string,
    limit: pulumi.Output<DiskLimit>,
  ) {
    return alarm(
      name,
      {
        summary,
        runbook: "disk-full",
        topicArn: pageTopicArn,
        ...metricOf(database.identifier, "FreeStorageSpace", "Minimum"),
        period: 300,
        comparisonOperator: "LessThanThreshold",
        threshold: limit.belowBytes,
        evaluationPeriods: limit.minutes.apply((minutes) => minutes / 5),
        missing: toldByTheApi,
      },
      { parent: this },
    );
  }

  /** By the hour, up to the ceiling of storage autoscaling: what RDS can still add is no reason to call anybody. */
  #diskForecast(name: string, { settings, thresholds, database, notifyTopicArn }: DatabaseAlarmsArgs) {
    const days = thresholds.diskFullWithinDays;
    const room = database.allocatedGib.apply((size) => Math.max(0, settings.maxStorageGb - size) * 2 ** 30);
    return alarm(
      name,
      {
        summary: `At the pace of the last hours, the database's disk and all that RDS may add to it are full in less than ${days} days.`,
        runbook: "disk-full",
        topicArn: notifyTopicArn,
        metricQueries: [
          {
            id: "days",
            label: "Days until the disk is full",
            // A disk that does not shrink lasts for ever; a year stands for that.
            expression: pulumi.interpolate`IF(RATE(free) < 0, (free + ${room}) / (0 - RATE(free)) / 86400, 365)`,
            returnData: true,
          },
          {
            id: "free",
            metric: {
              namespace: "AWS/RDS",
              metricName: "FreeStorageSpace",
              dimensions: { DBInstanceIdentifier: database.identifier },
              period: 3_600,
              stat: "Average",
            },
          },
        ],
        comparisonOperator: "LessThanThreshold",
        threshold: days,
        // Five hours of six: an import or a rebuilt table is over before.
        evaluationPeriods: 6,
        datapointsToAlarm: 5,
        missing: toldByTheApi,
      },
      { parent: this },
    );
  }

  #load(name: string, { settings, thresholds, database, notifyTopicArn }: DatabaseAlarmsArgs) {
    const { databaseCpuPercent, databaseConnectionPercent, databaseFreeMemoryPercent } = thresholds;
    const most = mostConnections(settings.instanceClass);
    const connections = Math.floor((most * databaseConnectionPercent) / 100);
    const memory = Math.floor((memoryBytes(settings.instanceClass) * databaseFreeMemoryPercent) / 100);
    const warn = (
      suffix: string,
      summary: string,
      metricName: string,
      condition: ReturnType<typeof lasting>,
    ) =>
      alarm(
        `${name}-${suffix}`,
        {
          summary,
          runbook: "slow-database",
          topicArn: notifyTopicArn,
          ...metricOf(database.identifier, metricName, "Average"),
          ...condition,
        },
        { parent: this },
      );
    return [
      warn(
        "cpu",
        `The database's CPU has been above ${databaseCpuPercent} % for a quarter of an hour.`,
        "CPUUtilization",
        lasting("above", databaseCpuPercent, 15, toldByTheApi),
      ),
      warn(
        "connections",
        `The database has more than ${connections} of about ${most} connections.`,
        "DatabaseConnections",
        lasting("above", connections, 5, toldByTheApi),
      ),
      warn(
        "memory",
        `Less than ${databaseFreeMemoryPercent} % of the database's memory has been free for a quarter of an hour.`,
        "FreeableMemory",
        lasting("below", memory, 15, toldByTheApi),
      ),
    ];
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

const metricOf = (identifier: string, metricName: string, statistic: "Average" | "Minimum") => ({
  namespace: "AWS/RDS",
  metricName,
  dimensions: { DBInstanceIdentifier: identifier },
  statistic,
});
