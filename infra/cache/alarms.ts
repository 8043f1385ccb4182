import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { type Alarming, alarm, lasting } from "../lib/alarm.ts";
import type { Cache } from "./cache.ts";

export interface CacheAlarmsArgs {
  /** `bulwark:alarms.thresholds` of the configuration. */
  thresholds: Environment["alarms"]["thresholds"];
  /** The nodes. */
  cache: Pick<Cache, "nodeIds">;
  /** Topic of those who look within the day: without the cache the API goes on. */
  notifyTopicArn: pulumi.Input<string>;
}

const nodeGone = {
  treat: "ignore",
  because: "a node that is replaced is silent for minutes, and the API goes on without the cache.",
} as const;

interface Signal {
  summary: string;
  metricName: string;
  condition: ReturnType<typeof lasting>;
}

/** What the cache warns of before it refuses writes. Each alarm looks at the worst of the nodes. */
export class CacheAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: CacheAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:CacheAlarms", name, {}, opts);
    this.alarms = Object.entries(signals(args)).map(([suffix, { summary, metricName, condition }]) => {
      const { period, ...rest } = condition;
      return alarm(
        `${name}-${suffix}`,
        {
          summary,
          runbook: "cache",
          topicArn: args.notifyTopicArn,
          metricQueries: worstNode(args.cache.nodeIds, metricName, period),
          ...rest,
        },
        { parent: this },
      );
    });
    this.registerOutputs();
  }
}

function signals({ thresholds, cache }: CacheAlarmsArgs): Record<string, Signal> {
  const { cacheMemoryPercent, cacheCpuPercent, cacheLagSeconds } = thresholds;
  const replicas: Record<string, Signal> = {
    lag: {
      summary: `A replica of the cache has been more than ${cacheLagSeconds} s behind for a quarter of an hour: a failover would lose that.`,
      metricName: "ReplicationLag",
      condition: lasting("above", cacheLagSeconds, 15, nodeGone),
    },
  };
  return {
    memory: {
      summary: `The cache's memory is more than ${cacheMemoryPercent} % full: at the limit it refuses writes, and the reminders' queue with it.`,
      metricName: "DatabaseMemoryUsagePercentage",
      condition: lasting("above", cacheMemoryPercent, 5, nodeGone),
    },
    evictions: {
      summary:
        "The cache throws out keys, against its parameter group (noeviction): somebody has changed that.",
      metricName: "Evictions",
      condition: lasting("above", 0, 5, nodeGone),
    },
    cpu: {
      summary: `The CPU of the cache's engine has been above ${cacheCpuPercent} % for a quarter of an hour.`,
      metricName: "EngineCPUUtilization",
      condition: lasting("above", cacheCpuPercent, 15, nodeGone),
    },
    ...(cache.nodeIds.length > 1 ? replicas : {}),
  };
}

/** The highest of the nodes' maxima. */
function worstNode(nodeIds: readonly string[], metricName: string, period: number) {
  const nodes = nodeIds.map((CacheClusterId, index) => ({
    id: `node${index + 1}`,
    metric: {
      namespace: "AWS/ElastiCache",
      metricName,
      dimensions: { CacheClusterId },
      period,
      stat: "Maximum",
    },
  }));
  const ids = nodes.map(({ id }) => id).join(", ");
  return [{ id: "worst", label: metricName, expression: `MAX([${ids}])`, returnData: true }, ...nodes];
}
