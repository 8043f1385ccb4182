import { type Resource, valueAt } from "../../policies/resource.ts";
import type { Bill, Pricer } from "../bill.ts";
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
  [instanceType]: (instance, bill) => {
    const machines = instance.isTrue("multiAz") ? 2 : 1;
    const instanceClass = instance.text("instanceClass") ?? "";
    const interval = instance.number("monitoringInterval") ?? 0;
    const { share, note } = databaseHours(bill);
    const storageGb = instance.number("allocatedStorage") ?? 0;
    return [
      bill.hourly(
        instance,
        `${machines === 2 ? "instance and standby" : "instance"}${note}`,
        machines * share,
        `rds.mysql.${instanceClass}`,
      ),
      bill.line(instance, "storage", machines * storageGb, "rds.gp3"),
      ...(instanceClass.startsWith("db.t")
        ? [bill.line(instance, "CPU credits", machines * bill.assume("surplusCpuHours"), "rds.cpu-credits")]
        : []),
      ...(instance.text("databaseInsightsMode") === "advanced"
        ? [bill.hourly(instance, "Database Insights", vcpus(instanceClass), "rds.insights-advanced")]
        : []),
      ...(interval > 0
        ? [
            bill.line(
              instance,
              "enhanced monitoring",
              (bill.assume("enhancedMonitoringGb") * 60) / interval,
              "logs.ingested",
            ),
          ]
        : []),
      ...(instance.isTrue("manageMasterUserPassword")
        ? [bill.line(instance, "master password", 1, "secretsmanager.secret")]
        : []),
    ];
  },
  "aws:backup/plan:Plan": (plan, bill) => {
    const disks = bill.graph
      .ofType(instanceType)
      .reduce((sum, instance) => sum + (instance.number("allocatedStorage") ?? 0), 0);
    const data = disks * bill.assume("databaseUsed");
    const aDay = data * bill.assume("databaseChange");
    const gigabytes = data + keptIncrements(plan, data, aDay);
    const isCopied = plan
      .blocks("rules")
      .some(({ copyActions }) => Array.isArray(copyActions) && copyActions.length > 0);
    return [
      bill.line(plan, "backups", gigabytes, "rds.backup"),
      ...(isCopied
        ? [
            bill.line(plan, "copies in another region", gigabytes, "rds.backup"),
            bill.line(plan, "traffic to another region", aDay * 30, "transfer.other-region"),
          ]
        : []),
    ];
  },
  "aws:backup/restoreTestingSelection:RestoreTestingSelection": (selection, bill) => {
    const [instance] = bill.graph.ofType(instanceType);
    const restored = instance?.text("instanceClass");
    return [
      bill.line(selection, "restore test", 1, "backup.restore-test"),
      ...(restored
        ? [
            bill.line(
              selection,
              "restored instance",
              bill.assume("restoreTestHours"),
              `rds.mysql.${restored}`,
            ),
          ]
        : []),
    ];
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": (cache, bill) => {
    const engine = cache.text("engine") ?? "redis";
    const snapshots = Math.max(0, (cache.number("snapshotRetentionLimit") ?? 0) - 1);
    return [
      bill.hourly(cache, "nodes", nodesOf(cache), `elasticache.${engine}.${cache.text("nodeType") ?? ""}`),
      ...storedSnapshots(cache, snapshots, bill),
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

const storedSnapshots = (cache: Resource, count: number, bill: Bill): CostLine[] =>
  count === 0 ? [] : [bill.line(cache, "backups", count * bill.assume("cacheUsedGb"), "elasticache.backup")];
