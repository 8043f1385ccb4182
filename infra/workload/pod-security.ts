import type { types } from "@pulumi/kubernetes";
import { userId } from "../lib/kubernetes-names.ts";
import { mebibytes } from "../lib/quantity.ts";

type PodSpec = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;

/** Room for temporary files: an import on its way. What else a pod writes to disk is its log. */
const temporary = { sizeLimit: "64Mi", request: "64Mi", limit: "512Mi" } as const;

/** What every pod of the image has in common: nothing of the `restricted` Pod Security Standard is left to a default. */
export const hardenedPod = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: userId,
    runAsGroup: userId,
    fsGroup: userId,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  },
  volumes: [{ name: "tmp", emptyDir: { sizeLimit: temporary.sizeLimit } }],
} satisfies Partial<PodSpec>;

/** And every container: it can write to /tmp alone, and gain no right it did not start with. */
export const hardenedContainer = {
  workingDir: "/app",
  // A digest is always the same image, so asking again (kube-score's "Always") finds nothing new, and a restart would need
  // the registry to be up. The cluster is the environment's own: there is nobody whom asking would keep from the image.
  imagePullPolicy: "IfNotPresent",
  securityContext: {
    runAsNonRoot: true,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
  volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  // The log says more than a file that nobody writes.
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<Container>;

export interface ResourceSettings {
  cpuRequest: string;
  memoryRequest: string;
  cpuLimit: string;
  memoryLimit: string;
}

/** Requests and limits of a container of the image. */
export const resourcesOf = (settings: ResourceSettings) => ({
  requests: {
    cpu: settings.cpuRequest,
    memory: settings.memoryRequest,
    "ephemeral-storage": temporary.request,
  },
  limits: { cpu: settings.cpuLimit, memory: settings.memoryLimit, "ephemeral-storage": temporary.limit },
});

/** Part of the memory limit that Node's heap may fill. The rest is for code, stacks, buffers and the young generation. */
const heapShare = 0.6;

/** Part of the memory limit that each of the young generation's three spaces may fill. */
const youngShare = 1 / 32;

/**
 * Node's options. Its heap stays within the container's memory limit: it collects garbage before the kernel ends it. In 512 MiB, V8
 * would give the young generation spaces of 1 MiB (https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib), which a few
 * requests fill: their collection makes a GET a tenth dearer. One thread helps V8 instead of four
 * (https://nodejs.org/api/cli.html#--v8-pool-sizenum): in a part of a CPU they only take turns.
 */
export const nodeOptions = (memoryLimit: string): string[] => [
  `--max-old-space-size=${Math.floor(mebibytes(memoryLimit) * heapShare)}`,
  `--max-semi-space-size=${Math.ceil(mebibytes(memoryLimit) * youngShare)}`,
  "--v8-pool-size=1",
];
