import { type Resource, valueAt } from "../../policies/resource.ts";
import type { Pricer, Reckoning } from "../bill.ts";
import { databaseHours } from "../running-hours.ts";
import type { CostLine } from "../types.ts";

const instanceType = "aws:rds/instance:Instance";

/** vCPUs of an RDS class by its size; the smaller burstable ones have two as well. */
const vcpus = (instanceClass: string): number => {
  const [, times = ""] = /(\d*)xlarge$/.exec(instanceClass) ?? [];
  return instanceClass.endsWith("xlarge") ? 4 * Number(times || 1) : 2;
};

/** Databases, caches and what is kept of them. */
export const dataPricers: Readonly<Record<string, Pricer>> = {
  [instanceType]: (instance, reckon) => {
    const machines = instance.isTrue("multiAz") ? 2 : 1;
    const instanceClass = instance.text("instanceClass") ?? "";
    const interval = instance.number("monitoringInterval") ?? 0;
    const { share, says } = databaseHours(reckon);
    const storageGb = instance.number("allocatedStorage") ?? 0;
    return [
      reckon.hourly(
        instance,
        `${machines === 2 ? "instance and standby" : "instance"}${says}`,
        machines * share,
        `rds.mysql.${instanceClass}`,
      ),
      reckon.line(instance, "storage", machines * storageGb, "rds.gp3"),
      ...(instanceClass.startsWith("db.t")
        ? [
            reckon.line(
              instance,
              "CPU credits",
              machines * reckon.assume("surplusCpuHours"),
              "rds.cpu-credits",
            ),
          ]
        : []),
      ...(instance.text("databaseInsightsMode") === "advanced"
        ? [reckon.hourly(instance, "Database Insights", vcpus(instanceClass), "rds.insights-advanced")]
        : []),
      ...(interval > 0
        ? [
            reckon.line(
              instance,
              "enhanced monitoring",
              (reckon.assume("enhancedMonitoringGb") * 60) / interval,
              "logs.ingested",
            ),
          ]
        : []),
      ...(instance.isTrue("manageMasterUserPassword")
        ? [reckon.line(instance, "master password", 1, "secretsmanager.secret")]
        : []),
    ];
  },
  "aws:backup/plan:Plan": (plan, reckon) => {
    const disks = reckon.graph
      .ofType(instanceType)
      .reduce((sum, instance) => sum + (instance.number("allocatedStorage") ?? 0), 0);
    const data = disks * reckon.assume("databaseUsed");
    const aDay = data * reckon.assume("databaseChange");
    const gigabytes = data + keptIncrements(plan, data, aDay);
    const isCopied = plan
      .blocks("rules")
      .some(({ copyActions }) => Array.isArray(copyActions) && copyActions.length > 0);
    return [
      reckon.line(plan, "backups", gigabytes, "rds.backup"),
      ...(isCopied
        ? [
            reckon.line(plan, "copies in another region", gigabytes, "rds.backup"),
            reckon.line(plan, "traffic to another region", aDay * 30, "transfer.other-region"),
          ]
        : []),
    ];
  },
  "aws:backup/restoreTestingSelection:RestoreTestingSelection": (selection, reckon) => {
    const [instance] = reckon.graph.ofType(instanceType);
    const restored = instance?.text("instanceClass");
    return [
      reckon.line(selection, "restore test", 1, "backup.restore-test"),
      ...(restored
        ? [
            reckon.line(
              selection,
              "restored instance",
              reckon.assume("restoreTestHours"),
              `rds.mysql.${restored}`,
            ),
          ]
        : []),
    ];
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": (cache, reckon) => {
    const engine = cache.text("engine") ?? "redis";
    const snapshots = Math.max(0, (cache.number("snapshotRetentionLimit") ?? 0) - 1);
    return [
      reckon.hourly(cache, "nodes", nodesOf(cache), `elasticache.${engine}.${cache.text("nodeType") ?? ""}`),
      ...storedSnapshots(cache, snapshots, reckon),
    ];
  },
};

/** What the snapshots of all rules hold after the first, GB: each the changes since the previous one. */
function keptIncrements(plan: Resource, data: number, aDay: number): number {
  return plan.blocks("rules").reduce((sum, rule) => {
    const days = Number(valueAt(rule, "lifecycle.deleteAfter") ?? 0);
    const isMonthly = /^cron\(\S+ \S+ \d+ /.test(String(rule.schedule));
    // Continuous backups keep logs, about what changes in a day for each day.
    return sum + (isMonthly ? Math.min(data, aDay * 30) * (days / 30) : aDay * days);
  }, 0);
}

const nodesOf = (cache: Resource): number => {
  const shards = cache.number("numNodeGroups");
  if (shards !== undefined) return shards * (1 + (cache.number("replicasPerNodeGroup") ?? 0));
  return cache.number("numCacheClusters") ?? 1;
};

const storedSnapshots = (cache: Resource, count: number, reckon: Reckoning): CostLine[] =>
  count === 0
    ? []
    : [reckon.line(cache, "backups", count * reckon.assume("cacheUsedGb"), "elasticache.backup")];
