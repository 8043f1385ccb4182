import type { types } from "@pulumi/kubernetes";

type Validation = types.input.admissionregistration.v1.Validation;
type Variable = types.input.admissionregistration.v1.Variable;

/** Audience of the one token that pods of ours hold: EKS adds it for pod identity, and Kubernetes itself takes it for nothing. */
const podIdentityAudience = "pods.eks.amazonaws.com";

/**
 * What every rule speaks of, given where an object keeps its pod's specification.
 * @param podSpec CEL, such as `object.spec.template.spec`
 */
export const variablesOf = (podSpec: string): Variable[] => [
  { name: "pod", expression: podSpec },
  {
    name: "containers",
    expression: `${podSpec}.containers + (has(${podSpec}.initContainers) ? ${podSpec}.initContainers : [])`,
  },
  {
    name: "debuggers",
    expression: `has(${podSpec}.ephemeralContainers) ? ${podSpec}.ephemeralContainers : []`,
  },
  { name: "volumes", expression: `has(${podSpec}.volumes) ? ${podSpec}.volumes : []` },
];

/**
 * What Pod Security cannot ask for, or asks for only when a pod is made: here a Deployment itself is refused, so that
 * `pulumi up` fails at once and with the reason, not after ten minutes without pods.
 * @param repositoryUrl the environment's image repository, without tag
 */
export const rulesOf = (repositoryUrl: string): Validation[] => {
  const byDigest = `image.startsWith("${repositoryUrl}@sha256:") && image.matches("@sha256:[0-9a-f]{64}$")`;
  const foreign = (list: string) => `${list}.map(c, c.image).filter(image, !(${byDigest}))`;
  return [
    {
      expression: `${foreign("variables.containers")}.size() == 0 && ${foreign("variables.debuggers")}.size() == 0`,
      messageExpression:
        `"image " + (${foreign("variables.containers")} + ${foreign("variables.debuggers")}).join(", ") + ` +
        `" is refused: only ${repositoryUrl}@sha256:… runs here. Push the image there and set bulwark:workload.imageDigest."`,
      message: `Only ${repositoryUrl}@sha256:… runs here: push the image there and set bulwark:workload.imageDigest.`,
      reason: "Forbidden",
    },
    rule(
      "has(c.resources) && has(c.resources.limits) && has(c.resources.requests) && " +
        '["cpu", "memory"].all(name, name in c.resources.limits && name in c.resources.requests)',
      "has no CPU and memory requests and limits. Give resources.requests and resources.limits for both.",
    ),
    rule(
      "has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem",
      "could write to its root file system. Set securityContext.readOnlyRootFilesystem: true and mount an emptyDir where it writes.",
    ),
    rule(
      "!has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged",
      "is privileged. Leave securityContext.privileged out.",
    ),
    {
      expression:
        "has(variables.pod.automountServiceAccountToken) && !variables.pod.automountServiceAccountToken && " +
        "variables.volumes.all(v, !has(v.projected) || !has(v.projected.sources) || v.projected.sources.all(s, " +
        "!has(s.serviceAccountToken) || (has(s.serviceAccountToken.audience) && " +
        `s.serviceAccountToken.audience == "${podIdentityAudience}")))`,
      message:
        "A token for the Kubernetes API is refused: nothing here speaks to it. Set automountServiceAccountToken: false and mount none.",
      reason: "Forbidden",
    },
    {
      expression: "variables.volumes.all(v, !has(v.hostPath))",
      message: "A hostPath volume is refused: the node's files are the node's. Use an emptyDir.",
      reason: "Forbidden",
    },
    {
      expression:
        "has(variables.pod.securityContext) && has(variables.pod.securityContext.runAsNonRoot) && " +
        "variables.pod.securityContext.runAsNonRoot && (!has(variables.pod.securityContext.runAsUser) || " +
        "variables.pod.securityContext.runAsUser != 0) && variables.containers.all(c, !has(c.securityContext) || " +
        "((!has(c.securityContext.runAsUser) || c.securityContext.runAsUser != 0) && " +
        "(!has(c.securityContext.runAsNonRoot) || c.securityContext.runAsNonRoot)))",
      message:
        "Root is refused. Set the pod's securityContext.runAsNonRoot: true and a runAsUser other than 0.",
      reason: "Forbidden",
    },
  ];
};

/** A rule that each container has to keep, with the names of those that do not. */
function rule(keeps: string, complaint: string): Validation {
  return {
    expression: `variables.containers.all(c, ${keeps})`,
    messageExpression: `"container " + variables.containers.filter(c, !(${keeps})).map(c, c.name).join(", ") + " ${complaint}"`,
    message: `A container ${complaint}`,
    reason: "Forbidden",
  };
}
