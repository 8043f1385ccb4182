import { at } from "../../infra/support/plan.ts";
import { type KubernetesObject, objectOf } from "./api.ts";

/** A Deployment of the stack made worse in one respect, and what the refusal has to say. */
export interface Weakness {
  name: string;
  /** What is changed: a path below the pod's specification, and its new value; none takes it away. */
  change: Record<string, unknown>;
  refusal: RegExp;
}

const container = "containers.0";
const digest = `sha256:${"a".repeat(64)}`;
const image = /only \S+@sha256:… runs here\. Push the image there and set bulwark:workload\.imageDigest/;
const token = /Set automountServiceAccountToken: false/;
const volume = /volume other than an emptyDir with a sizeLimit is refused/;
const nodePlacement = /place before others is refused/;
const names = /Names come from the cluster's DNS alone/;
const migrates = /ServiceAccount migrate may change the schema/;
const podSecurity = (what: string) => new RegExp(`violates PodSecurity "restricted:latest".*${what}`);

/** Refused as soon as the Deployment is written, by the policies that the stack installs. */
export const refusedAtOnce = (own: string): Weakness[] => [
  { name: "the tag latest", change: { [`${container}.image`]: `${own}:latest` }, refusal: image },
  { name: "no tag at all", change: { [`${container}.image`]: own }, refusal: image },
  {
    name: "a tag beside the digest",
    change: { [`${container}.image`]: `${own}:1@${digest}` },
    refusal: image,
  },
  {
    name: "two digests, of which the first is none",
    change: { [`${container}.image`]: `${own}@sha256:junk@${digest}` },
    refusal: image,
  },
  {
    name: "the digest of zeros that stands for no image",
    change: { [`${container}.image`]: `${own}@sha256:${"0".repeat(64)}` },
    refusal: image,
  },
  { name: "a digest too short", change: { [`${container}.image`]: `${own}@sha256:abc` }, refusal: image },
  {
    name: "a foreign registry",
    change: { [`${container}.image`]: `docker.io/library/node@${digest}` },
    refusal: image,
  },
  { name: "another repository", change: { [`${container}.image`]: `${own}-evil@${digest}` }, refusal: image },
  {
    name: "an init container of a foreign image",
    change: { "initContainers.0": { name: "first", image: `busybox@${digest}` } },
    refusal: image,
  },
  {
    name: "no limits",
    change: { [`${container}.resources.limits`]: undefined },
    refusal: /container api has no CPU and memory requests and limits/,
  },
  {
    name: "no requests for memory",
    change: { [`${container}.resources.requests.memory`]: undefined },
    refusal: /container api has no CPU and memory requests and limits/,
  },
  {
    name: "a root file system that can be written",
    change: { [`${container}.securityContext.readOnlyRootFilesystem`]: false },
    refusal: /container api could write to its root file system/,
  },
  {
    name: "a privileged container",
    change: {
      [`${container}.securityContext.privileged`]: true,
      [`${container}.securityContext.allowPrivilegeEscalation`]: undefined,
    },
    refusal: /container api is privileged/,
  },
  { name: "a token that is mounted", change: { automountServiceAccountToken: true }, refusal: token },
  {
    name: "a token that might be mounted",
    change: { automountServiceAccountToken: undefined },
    refusal: token,
  },
  {
    name: "a token for the Kubernetes API from a volume",
    change: {
      "volumes.1": { name: "t", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
    },
    refusal: token,
  },
  {
    name: "the node's files",
    change: { "volumes.1": { name: "host", hostPath: { path: "/" } } },
    refusal: volume,
  },
  {
    name: "files of an image, even of one's own",
    change: { "volumes.1": { name: "files", image: { reference: `${own}@${digest}` } } },
    refusal: volume,
  },
  {
    name: "a folder without a limit",
    change: { "volumes.1": { name: "endless", emptyDir: {} } },
    refusal: volume,
  },
  { name: "root", change: { "securityContext.runAsUser": 0 }, refusal: /Root is refused/ },
  {
    name: "root in a container",
    change: { [`${container}.securityContext.runAsUser`]: 0 },
    refusal: /Root is refused/,
  },
  {
    name: "perhaps root",
    change: { "securityContext.runAsNonRoot": undefined },
    refusal: /Root is refused/,
  },
  { name: "root's group", change: { "securityContext.runAsGroup": 0 }, refusal: /Root is refused/ },
  {
    name: "perhaps root's group",
    change: { "securityContext.runAsGroup": undefined },
    refusal: /Root is refused/,
  },
  {
    name: "root's group in a container",
    change: { [`${container}.securityContext.runAsGroup`]: 0 },
    refusal: /Root is refused/,
  },
  { name: "root's group for files", change: { "securityContext.fsGroup": 0 }, refusal: /Root is refused/ },
  {
    name: "root's group beside its own",
    change: { "securityContext.supplementalGroups": [0] },
    refusal: /Root is refused/,
  },
  { name: "a node of its choice", change: { nodeName: "node-zone-a" }, refusal: nodePlacement },
  {
    name: "every node, whatever it is kept for",
    change: { tolerations: [{ operator: "Exists" }] },
    refusal: nodePlacement,
  },
  {
    name: "the nodes of the cluster's own add-ons",
    change: { tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }] },
    refusal: nodePlacement,
  },
  {
    name: "the priority of the node's own pods",
    change: { priorityClassName: "system-node-critical" },
    refusal: nodePlacement,
  },
  {
    name: "a host's name with another address",
    change: { hostAliases: [{ ip: "203.0.113.1", hostnames: ["db.example.com"] }] },
    refusal: names,
  },
  {
    name: "a foreign DNS",
    change: { dnsPolicy: "None", dnsConfig: { nameservers: ["203.0.113.1"] } },
    refusal: names,
  },
  { name: "the migrations' identity", change: { serviceAccountName: "migrate" }, refusal: migrates },
];

/** Refused when the pod is made, by the namespace's Pod Security; writing the Deployment gives a warning. */
export const refusedAsPod: Weakness[] = [
  { name: "the node's network", change: { hostNetwork: true }, refusal: podSecurity("host namespaces") },
  { name: "the node's processes", change: { hostPID: true }, refusal: podSecurity("host namespaces") },
  { name: "the node's IPC", change: { hostIPC: true }, refusal: podSecurity("host namespaces") },
  {
    name: "a port of the node",
    change: { [`${container}.ports.0.hostPort`]: 3000 },
    refusal: podSecurity("hostPort"),
  },
  {
    name: "a capability",
    change: { [`${container}.securityContext.capabilities.add`]: ["NET_ADMIN"] },
    refusal: podSecurity("unrestricted capabilities"),
  },
  {
    name: "the default capabilities",
    change: { [`${container}.securityContext.capabilities`]: undefined },
    refusal: podSecurity("unrestricted capabilities"),
  },
  {
    name: "the way to more rights",
    change: { [`${container}.securityContext.allowPrivilegeEscalation`]: true },
    refusal: podSecurity("allowPrivilegeEscalation"),
  },
  {
    name: "no seccomp profile",
    change: { [`${container}.securityContext.seccompProfile.type`]: "Unconfined" },
    refusal: podSecurity("seccompProfile"),
  },
];

/** The Deployment with the weakness in its pods. */
export function weakened(
  deployment: KubernetesObject,
  { change }: Pick<Weakness, "change">,
): KubernetesObject {
  const copy = structuredClone(deployment);
  for (const [path, value] of Object.entries(change))
    set(at(copy, "spec.template.spec"), path.split("."), value);
  return copy;
}

/** A pod as the Deployment would make it. */
export const podOf = (deployment: KubernetesObject): KubernetesObject =>
  objectOf({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "weakened", namespace: deployment.metadata.namespace },
    spec: at(deployment, "spec.template.spec"),
  });

function set(target: unknown, [step = "", ...rest]: string[], value: unknown): void {
  if (typeof target !== "object" || target === null) throw new Error(`there is nothing to set ${step} of`);
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(target, step);
    else Reflect.set(target, step, value);
    return;
  }
  if (Reflect.get(target, step) === undefined) Reflect.set(target, step, rest[0] === "0" ? [] : {});
  set(Reflect.get(target, step), rest, value);
}
