import type { types } from "@pulumi/kubernetes";
import { migrationsName } from "../lib/kubernetes-names.ts";

export type Validation = types.input.admissionregistration.v1.Validation;
type Variable = types.input.admissionregistration.v1.Variable;

/** An API's objects that hold a pod's specification, and where. One policy each: a policy's types are checked as one. */
export interface Holder {
  suffix: string;
  apiGroups: string[];
  resources: string[];
  /** CEL, such as `object.spec.template.spec`. */
  podSpec: string;
  /** CEL: whether its maker chose the node. Default: whether the specification names one. */
  placed?: string;
  /** CEL: whether it may run as the migrations do. */
  mayMigrate: string;
}

/** Audience of the one token that the pods hold: EKS adds it for pod identity, and Kubernetes itself takes it for nothing. */
const podIdentityAudience = "pods.eks.amazonaws.com";
/** Taints that Kubernetes itself lets pods tolerate for a while. */
const tolerated = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** What every rule speaks of. */
export const variablesOf = ({ podSpec, placed, mayMigrate }: Holder): Variable[] => {
  const list = (field: string) => `(has(${podSpec}.${field}) ? ${podSpec}.${field} : [])`;
  return [
    { name: "pod", expression: podSpec },
    { name: "containers", expression: `${podSpec}.containers + ${list("initContainers")}` },
    { name: "debuggers", expression: list("ephemeralContainers") },
    { name: "volumes", expression: list("volumes") },
    { name: "tolerations", expression: list("tolerations") },
    { name: "placed", expression: placed ?? `has(${podSpec}.nodeName)` },
    { name: "mayMigrate", expression: mayMigrate },
  ];
};

/**
 * What Pod Security cannot ask for, or asks for only when a pod is made: here a Deployment itself is refused, so that
 * `pulumi up` fails at once and with the reason, not after ten minutes without pods.
 * @param repositoryUrl the environment's image repository, without tag
 */
export const rulesOf = (repositoryUrl: string): Validation[] => [
  ownImages(repositoryUrl),
  eachContainer(
    "has(c.resources) && has(c.resources.limits) && has(c.resources.requests) && " +
      '["cpu", "memory"].all(name, name in c.resources.limits && name in c.resources.requests)',
    "has no CPU and memory requests and limits. Give resources.requests and resources.limits for both.",
    // Kubernetes gives containers for debugging no resources of their own.
    ["containers"],
  ),
  eachContainer(
    "has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem",
    "could write to its root file system. Set securityContext.readOnlyRootFilesystem: true and mount an emptyDir where it writes.",
  ),
  eachContainer(
    "!has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged",
    "is privileged. Leave securityContext.privileged out.",
  ),
  rule(
    "has(variables.pod.automountServiceAccountToken) && !variables.pod.automountServiceAccountToken && " +
      "variables.volumes.all(v, !has(v.projected) || (has(v.projected.sources) && v.projected.sources.all(s, " +
      "has(s.serviceAccountToken) && has(s.serviceAccountToken.audience) && " +
      `s.serviceAccountToken.audience == "${podIdentityAudience}")))`,
    "A token for the Kubernetes API is refused: nothing here speaks to it. Set automountServiceAccountToken: false and mount none.",
  ),
  rule(
    "variables.volumes.all(v, has(v.projected) || (has(v.emptyDir) && has(v.emptyDir.sizeLimit)))",
    "A volume other than an emptyDir with a sizeLimit is refused: a hostPath is the node's, an image brings foreign files, and what has no limit fills the node's disk.",
  ),
  rule(
    `${notZero("runAsUser", false)} && ${notZero("runAsGroup", true)} && ${notZero("fsGroup", false)} && ` +
      "(!has(variables.pod.securityContext.supplementalGroups) || " +
      "variables.pod.securityContext.supplementalGroups.all(group, group != 0)) && " +
      "has(variables.pod.securityContext.runAsNonRoot) && variables.pod.securityContext.runAsNonRoot && " +
      `${["containers", "debuggers"].map(noRoot).join(" && ")}`,
    "Root is refused. Set the pod's securityContext.runAsNonRoot: true and a runAsUser and a runAsGroup other than 0.",
  ),
  rule(
    `!variables.placed && variables.tolerations.all(t, has(t.key) && t.key in [${quoted(tolerated)}]) && ` +
      '(!has(variables.pod.priorityClassName) || !variables.pod.priorityClassName.startsWith("system-"))',
    "A place before others is refused: leave out nodeName, tolerations and a system- priorityClassName.",
  ),
  rule(
    "!has(variables.pod.hostAliases) && !has(variables.pod.dnsConfig) && " +
      '(!has(variables.pod.dnsPolicy) || variables.pod.dnsPolicy == "ClusterFirst")',
    "Names come from the cluster's DNS alone: leave out hostAliases, dnsConfig and dnsPolicy.",
  ),
  rule(
    `!has(variables.pod.serviceAccountName) || variables.pod.serviceAccountName != "${migrationsName}" || variables.mayMigrate`,
    `The ServiceAccount ${migrationsName} may change the schema: only a Job has it, and the pods that Kubernetes makes for one.`,
  ),
];

function ownImages(repositoryUrl: string): Validation {
  const prefix = `${repositoryUrl}@sha256:`;
  // Zeros stand for an image that is not there yet: refused at once, where a pull would fail for minutes.
  const own =
    `image.startsWith("${prefix}") && image.substring(${prefix.length}).matches("^[0-9a-f]{64}$") && ` +
    `image.substring(${prefix.length}).matches("[1-9a-f]")`;
  const foreign = (list: string) => `${list}.map(c, c.image).filter(image, !(${own}))`;
  const all = ["variables.containers", "variables.debuggers"].map(foreign);
  return {
    expression: all.map((list) => `${list}.size() == 0`).join(" && "),
    messageExpression:
      `"image " + (${all.join(" + ")}).join(", ") + ` +
      `" is refused: only ${repositoryUrl}@sha256:… runs here. Push the image there and set bulwark:workload.imageDigest."`,
    message: `Only ${repositoryUrl}@sha256:… runs here: push the image there and set bulwark:workload.imageDigest.`,
    reason: "Forbidden",
  };
}

/** A rule that each container has to keep, with the names of those that do not. */
function eachContainer(
  keeps: string,
  complaint: string,
  lists: readonly string[] = ["containers", "debuggers"],
): Validation {
  const failing = lists.map((list) => `variables.${list}.filter(c, !(${keeps})).map(c, c.name)`);
  return {
    expression: lists.map((list) => `variables.${list}.all(c, ${keeps})`).join(" && "),
    messageExpression: `"container " + (${failing.join(" + ")}).join(", ") + " ${complaint}"`,
    message: `A container ${complaint}`,
    reason: "Forbidden",
  };
}

/** A rule with a sentence for those who break it. */
export const rule = (expression: string, message: string): Validation => ({
  expression,
  message,
  reason: "Forbidden",
});

/** That a number in the pod's securityContext is not 0; `needed`: and is there. */
function notZero(field: string, needed: boolean): string {
  const context = "variables.pod.securityContext";
  const given = `has(${context}) && has(${context}.${field})`;
  return needed ? `(${given} && ${context}.${field} != 0)` : `(!(${given}) || ${context}.${field} != 0)`;
}

/** That no container goes back on what the pod says. */
const noRoot = (list: string): string =>
  `variables.${list}.all(c, !has(c.securityContext) || (` +
  "(!has(c.securityContext.runAsUser) || c.securityContext.runAsUser != 0) && " +
  "(!has(c.securityContext.runAsGroup) || c.securityContext.runAsGroup != 0) && " +
  "(!has(c.securityContext.runAsNonRoot) || c.securityContext.runAsNonRoot)))";

function quoted(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text)).join(", ");
}
