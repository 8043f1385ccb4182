import type { Pricer } from "../bill.ts";
import { nodesFor } from "../nodes.ts";
import { nodeHours } from "../running-hours.ts";

/** The cluster, the nodes that Auto Mode will start for what is to run in it, and what watches them. */
export const computePricers: Readonly<Record<string, Pricer>> = {
  "aws:eks/cluster:Cluster": (cluster, bill) => {
    const control = bill.hourly(cluster, "control plane", 1, "eks.cluster");
    if (!cluster.isTrue("computeConfig.enabled")) return [control];
    const { count, machine, isSpot, diskGb } = nodesFor(bill);
    const price = `ec2.${machine}`;
    const { share, note } = nodeHours(bill);
    const name = `nodes (${count} × ${machine}${isSpot ? ", spot" : ""}${note})`;
    const running = count * share;
    return [
      control,
      bill.hourly(cluster, name, running, price, isSpot ? bill.price("ec2.spot") : 1),
      // Auto Mode's own price does not fall with spot's.
      bill.hourly(cluster, "Auto Mode", running, price, bill.price("eks.auto-mode")),
      bill.line(cluster, "disks of nodes", running * (diskGb + bill.assume("nodeRootGb")), "ebs.gp3"),
      ...(machine.startsWith("t")
        ? [bill.line(cluster, "CPU credits", count * bill.assume("surplusCpuHours"), "ec2.cpu-credits")]
        : []),
      // Each end pays.
      bill.line(cluster, "traffic between zones", 2 * bill.assume("crossZoneGb"), "transfer.zones"),
    ];
  },
  "aws:eks/addon:Addon": (addon, bill) => {
    if (addon.text("addonName") !== "amazon-cloudwatch-observability") return [];
    // Switched off in the add-on's configuration, the agent brings logs alone.
    if (
      /"enhanced_container_insights":false|"containerInsights":\{"enabled":false/.test(
        addon.text("configurationValues") ?? "",
      )
    )
      return [];
    const observations = nodesFor(bill).count * bill.assume("observationsPerNode");
    return [bill.line(addon, "Container Insights", observations, "cloudwatch.observations")];
  },
};
