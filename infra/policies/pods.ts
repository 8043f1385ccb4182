import { type Properties, type Resource, valueAt } from "./resource.ts";

/** Kinds that hold a pod, each with its path. */
const podPaths: Record<string, string> = {
  Pod: "spec",
  Deployment: "spec.template.spec",
  StatefulSet: "spec.template.spec",
  DaemonSet: "spec.template.spec",
  ReplicaSet: "spec.template.spec",
  Job: "spec.template.spec",
  CronJob: "spec.jobTemplate.spec.template.spec",
};

/** Type tokens of everything that holds a pod. */
export const podTypes: readonly string[] = [
  "kubernetes:core/v1:Pod",
  ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map((kind) => `kubernetes:apps/v1:${kind}`),
  ...["Job", "CronJob"].map((kind) => `kubernetes:batch/v1:${kind}`),
];
/** Those that run for as long as they are there, and so are probed. */
export const servingTypes: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"].map(
  (kind) => `kubernetes:apps/v1:${kind}`,
);

const pathOf = (workload: Resource): string => podPaths[workload.type.split(":").at(-1) ?? ""] ?? "spec";

/** The pod's specification. @throws UnknownValue where it is not known */
export const podOf = (workload: Resource): Properties => workload.map(pathOf(workload));

/** All containers of the pod, those that run before it included. */
export function containersOf(workload: Resource): Properties[] {
  const path = pathOf(workload);
  return ["initContainers", "containers"].flatMap((key) => workload.blocks(`${path}.${key}`));
}

/** Names of the containers of which `isWrong` holds. */
export function wrongContainers(
  workload: Resource,
  isWrong: (container: Properties, pod: Properties) => boolean,
): string[] {
  const pod = podOf(workload);
  return containersOf(workload)
    .filter((container) => isWrong(container, pod))
    .map(({ name }) => String(name));
}

/** A setting of the container's security context, or where it has none of the pod's. */
export function securityOf(setting: string): (container: Properties, pod: Properties) => unknown {
  const path = `securityContext.${setting}`;
  return (container, pod) => valueAt(container, path) ?? valueAt(pod, path);
}
