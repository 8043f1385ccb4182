import { bytes, millicores } from "../lib/quantity.ts";
import { containersOf, podOf, servingTypes } from "../policies/pods.ts";
import { type Properties, type Resource, valueAt } from "../policies/resource.ts";
import type { Bill } from "./bill.ts";

/** Machines that pools of this stack start. */
const machines = {
  "c6a.large": { cores: 2, gibibytes: 4 },
  "c6g.large": { cores: 2, gibibytes: 4 },
  "t3a.medium": { cores: 2, gibibytes: 4 },
  "t3a.large": { cores: 2, gibibytes: 8 },
  "t4g.medium": { cores: 2, gibibytes: 4 },
  "t4g.large": { cores: 2, gibibytes: 8 },
} as const;
type Machine = keyof typeof machines;
const isKnown = (name: string): name is Machine => name in machines;

/** The nodes that Auto Mode will keep running for a plan. */
export interface Nodes {
  count: number;
  machine: Machine;
  isSpot: boolean;
  /** GB of disk a node. */
  diskGb: number;
}

/**
 * Nodes that run: all of a pool of a fixed number. Of other pools those that the plan's pods need: enough for their requests,
 * and one per replica of a workload that is spread by node (Auto Mode starts a node even for a preference).
 */
export function nodesFor(bill: Bill): Nodes {
  const [pool] = bill.graph.ofType("kubernetes:karpenter.sh/v1:NodePool");
  const machine = machineOf(pool);
  const shared = {
    machine,
    isSpot: requirement(pool, "karpenter.sh/capacity-type").includes("spot"),
    diskGb: diskOf(bill),
  };
  return { ...shared, count: pool?.number("spec.replicas") ?? neededNodes(machine, bill) };
}

/** Counts in whole millicores and bytes: a sum of fractions depends on its order, and can cost a node. */
function neededNodes(machine: Machine, bill: Bill): number {
  const { cores, gibibytes } = machines[machine];
  const workloads = bill.graph.ofType(...servingTypes);
  const sum = (what: string, read: (quantity: string) => number) =>
    workloads.reduce((total, workload) => total + requested(workload, what, read) * replicasOf(workload), 0);
  const freeMillicores = Math.round((cores - bill.assume("nodeReservedCpu")) * 1_000);
  const freeBytes = Math.round((gibibytes - bill.assume("nodeReservedGib")) * bytesPerGib);
  const byCpu = Math.ceil(sum("cpu", millicores) / freeMillicores);
  const byMemory = Math.ceil(sum("memory", bytes) / freeBytes);
  return Math.max(1, byCpu, byMemory, ...workloads.filter(isKeptApart).map(replicasOf));
}

const bytesPerGib = 2 ** 30;

/** The first machine that the pool of our own names; without one the cheapest of Auto Mode's general-purpose pool. */
const machineOf = (pool: Resource | undefined): Machine =>
  requirement(pool, "node.kubernetes.io/instance-type").find(isKnown) ?? "c6a.large";

function requirement(pool: Resource | undefined, key: string): string[] {
  const found = pool?.blocks("spec.template.spec.requirements").find((given) => given.key === key);
  return Array.isArray(found?.values) ? found.values.map(String) : [];
}

function diskOf(bill: Bill): number {
  const [nodeClass] = bill.graph.ofType("kubernetes:eks.amazonaws.com/v1:NodeClass");
  const size = nodeClass?.get("spec.ephemeralStorage.size");
  return size === undefined ? bill.assume("nodeDiskGb") : bytes(String(size)) / bytesPerGib;
}

const replicasOf = (workload: Resource): number => workload.number("spec.replicas") ?? 1;

const isKeptApart = (workload: Resource): boolean =>
  JSON.stringify(valueAt(podOf(workload), "affinity.podAntiAffinity") ?? {}).includes(
    "kubernetes.io/hostname",
  );

const requested = (workload: Resource, what: string, read: (quantity: string) => number): number =>
  containersOf(workload).reduce(
    (total, container: Properties) =>
      total + Math.ceil(read(String(valueAt(container, `resources.requests.${what}`) ?? 0))),
    0,
  );
