import type { Pricer } from "../bill.ts";
import { nodesFor } from "../nodes.ts";
import { nodeHours } from "../running-hours.ts";

/** The cluster, the nodes that Auto Mode will start for what is to run in it, and what watches them. */
export const computePricers: Readonly<Record<string, Pricer>> = {
  "aws:eks/cluster:Cluster": (cluster, reckon) => {
    const control = reckon.hourly(cluster, "control plane", 1, "eks.cluster");
    if (!cluster.isTrue("computeConfig.enabled")) return [control];
    const { count, machine, isSpot, diskGb } = nodesFor(reckon);
    const price = `ec2.${machine}`;
    const { share, says } = nodeHours(reckon);
    const name = `nodes (${count} × ${machine}${isSpot ? ", spot" : ""}${says})`;
    const running = count * share;
    return [
      control,
      reckon.hourly(cluster, name, running, price, isSpot ? reckon.price("ec2.spot") : 1),
      // Auto Mode's own price does not fall with spot's.
      reckon.hourly(cluster, "Auto Mode", running, price, reckon.price("eks.auto-mode")),
      reckon.line(cluster, "disks of nodes", running * (diskGb + reckon.assume("nodeRootGb")), "ebs.gp3"),
      ...(machine.startsWith("t")
        ? [reckon.line(cluster, "CPU credits", count * reckon.assume("surplusCpuHours"), "ec2.cpu-credits")]
        : []),
      // Each end pays.
      reckon.line(cluster, "traffic between zones", 2 * reckon.assume("crossZoneGb"), "transfer.zones"),
    ];
  },
  "aws:eks/addon:Addon": (addon, reckon) => {
    if (addon.text("addonName") !== "amazon-cloudwatch-observability") return [];
    // Switched off in the add-on's configuration, the agent brings logs alone.
    if (
      /"enhanced_container_insights":false|"containerInsights":\{"enabled":false/.test(
        addon.text("configurationValues") ?? "",
      )
    )
      return [];
    const observations = nodesFor(reckon).count * reckon.assume("observationsPerNode");
    return [reckon.line(addon, "Container Insights", observations, "cloudwatch.observations")];
  },
};
