import { setTimeout as delay } from "node:timers/promises";
import { at } from "../../infra/support/plan.ts";
import { type KubernetesApi, type KubernetesObject, objectOf, Refused } from "./api.ts";

/** What the made-up kubelet does with the pods; tests change it as they go. */
interface Behaviour {
  /** Whether a pod that is told to end does so, or still drains. */
  drained: boolean;
  /** CPU that each pod uses, thousandths of a core: what the metrics server would say. */
  cpu: number;
  /** Exit code of the pods that end by themselves: those of Jobs. */
  exitCode: number;
}

export interface Nodes {
  behaviour: Behaviour;
  stop(): Promise<void>;
}

const pods = "/api/v1/pods";
const podMetrics = { apiVersion: "metrics.k8s.io/v1beta1", kind: "PodMetrics" };

/**
 * Nodes without machines, one in each zone: they are ready, and what the scheduler puts on them is at once said to run, Jobs
 * to have ended. Looks ten times a second, until it is stopped.
 */
export async function startNodes(api: KubernetesApi, zones: readonly string[]): Promise<Nodes> {
  for (const zone of zones) await addNode(api, zone);
  const behaviour: Behaviour = { drained: true, cpu: 10, exitCode: 0 };
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted) {
      const found = await api.list(pods, { apiVersion: "v1", kind: "Pod" });
      await Promise.all(found.map((pod) => treat(api, pod, behaviour)));
      await delay(100);
    }
  })();
  const stop = async () => {
    ending.abort();
    await running;
  };
  return { behaviour, stop };
}

async function addNode(api: KubernetesApi, zone: string): Promise<void> {
  const name = `node-${zone}`;
  const room = { cpu: "16", memory: "64Gi", pods: "110", "ephemeral-storage": "100Gi" };
  const labels = {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "topology.kubernetes.io/zone": zone,
  };
  await api.apply(objectOf({ apiVersion: "v1", kind: "Node", metadata: { name, labels } }));
  const ready = { type: "Ready", status: "True", reason: "KubeletReady", message: "made up" };
  await api.patch(`/api/v1/nodes/${name}/status`, {
    status: { capacity: room, allocatable: room, conditions: [ready] },
  });
  // The API server keeps pods off a new node; taking that away is the work of a controller that is not run.
  await api.patch(`/api/v1/nodes/${name}`, { spec: { taints: null } });
}

/** Brings a pod one step on. That it has gone meanwhile is no matter. */
async function treat(api: KubernetesApi, pod: KubernetesObject, behaviour: Behaviour): Promise<void> {
  if (at(pod, "spec.nodeName") === undefined) return;
  const path = await api.pathOf(pod);
  const phase = at(pod, "status.phase");
  try {
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (behaviour.drained) await api.delete(pod, { gracePeriodSeconds: 0 });
    } else if (phase === "Pending") await api.patch(`${path}/status`, { status: runningStatus(pod) });
    else if (phase === "Running" && at(pod, "spec.restartPolicy") === "Never") {
      await api.patch(`${path}/status`, { status: endedStatus(pod, behaviour.exitCode) });
    } else if (phase === "Running") await measure(api, pod, behaviour.cpu);
  } catch (error) {
    if (!(error instanceof Refused && [404, 409].includes(error.code))) throw error;
  }
}

let addresses = 0;

function runningStatus(pod: KubernetesObject) {
  const now = new Date().toISOString();
  addresses += 1;
  const podIP = `10.0.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
  return {
    phase: "Running",
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: now,
    conditions: ["Initialized", "ContainersReady", "Ready", "PodScheduled"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: now,
    })),
    containerStatuses: [containerStatus(pod, true, { running: { startedAt: now } })],
  };
}

function endedStatus(pod: KubernetesObject, exitCode: number) {
  const now = new Date().toISOString();
  const reason = exitCode === 0 ? "Completed" : "Error";
  const state = { terminated: { exitCode, reason, startedAt: now, finishedAt: now } };
  return {
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    containerStatuses: [containerStatus(pod, false, state)],
  };
}

const containerStatus = (pod: KubernetesObject, ready: boolean, state: unknown) => ({
  name: at(pod, "spec.containers.0.name"),
  image: at(pod, "spec.containers.0.image"),
  imageID: at(pod, "spec.containers.0.image"),
  ready,
  started: ready,
  restartCount: 0,
  state,
});

/** What the metrics server would publish. Kept as an object of the test's own kind, which the autoscaler cannot tell apart. */
async function measure(api: KubernetesApi, pod: KubernetesObject, cpu: number): Promise<void> {
  const { name, namespace, labels } = pod.metadata;
  const usage = { cpu: `${cpu}m`, memory: "64Mi" };
  await api.apply(
    objectOf({
      ...podMetrics,
      metadata: { name, namespace, labels },
      timestamp: new Date().toISOString(),
      window: "1s",
      containers: [{ name: at(pod, "spec.containers.0.name"), usage }],
    }),
  );
}
