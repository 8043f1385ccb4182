import * as z from "zod";
import { Failure } from "../shared/failure.ts";
import type { Log } from "../shared/log.ts";
import type { PowerSettings } from "./env.ts";
import { type ClusterAccess, readScale, writeScale } from "./scale.ts";

const powerEvent = z.object({ to: z.enum(["awake", "asleep"]) });
type PowerEvent = z.input<typeof powerEvent>;

/** What there is to be now. */
export interface PowerSummary {
  to: PowerEvent["to"];
  replicas: number;
  nodes: number;
}

/**
 * Switches the workload and its nodes off or on; safe to repeat. A Deployment with 0 replicas also stops its autoscaler.
 * A running one keeps its replicas: the autoscaler can have added some.
 * @throws Failure
 */
export async function switchPower(
  event: unknown,
  settings: Omit<PowerSettings, "AWS_REGION">,
  cluster: ClusterAccess,
  log: Log,
): Promise<PowerSummary> {
  const parsed = powerEvent.safeParse(event);
  if (!parsed.success)
    throw new Failure("bad-event", 'the event is wrong: it must be {"to":"awake"} or {"to":"asleep"}');
  const { to } = parsed.data;
  const deployment = `/apis/apps/v1/namespaces/${settings.NAMESPACE}/deployments/${settings.DEPLOYMENT}/scale`;
  const pool = `/apis/karpenter.sh/v1/nodepools/${settings.NODE_POOL}/scale`;
  if (to === "asleep") {
    // Pods first: they drain and stop before their node does.
    await writeScale(cluster, deployment, 0);
    await writeScale(cluster, pool, 0);
    log.info("asleep", { count: 0 });
    return { to, replicas: 0, nodes: 0 };
  }
  await writeScale(cluster, pool, settings.NODES);
  const present = await readScale(cluster, deployment);
  if (present === 0) await writeScale(cluster, deployment, settings.REPLICAS);
  const replicas = present === 0 ? settings.REPLICAS : present;
  log.info("awake", { count: replicas });
  return { to, replicas, nodes: settings.NODES };
}
