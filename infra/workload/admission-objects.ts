import type { types } from "@pulumi/kubernetes";
import { apiName, migrationsName, namespace, workerName } from "../lib/kubernetes-names.ts";
import { rule, type Validation } from "./admission-rules.ts";

/** Names of the namespace's network policies: they add up, so another one could only open what these close. */
export const networkPolicyNames = {
  deny: "default-deny",
  api: apiName,
  worker: workerName,
  migrations: migrationsName,
} as const;
/** Annotation of an Ingress. */
const webAclAnnotation = "alb.ingress.kubernetes.io/wafv2-acl-arn";

/** What is judged beside pods. The last are EKS's own network policies: https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html */
export const judgedObjects: types.input.admissionregistration.v1.NamedRuleWithOperations[] = [
  kinds("", "v1", "services"),
  kinds("networking.k8s.io", "v1", "ingresses", "networkpolicies"),
  kinds("policy", "v1", "poddisruptionbudgets"),
  kinds("networking.k8s.aws", "*", "applicationnetworkpolicies"),
];

/** Their types differ, so the API server checks the fields only as it meets them. */
export const objectVariables = [
  { name: "metadata", expression: "dyn(object.metadata)" },
  { name: "spec", expression: "has(object.spec) ? dyn(object.spec) : dyn({})" },
];

/** @param webAclArn any firewall of this account and region will do: its number changes when it is made anew */
export const objectRules = (webAclArn: string): Validation[] => [
  of(
    "services",
    'variables.spec.type == "ClusterIP" && !has(variables.spec.externalIPs)',
    "Only a ClusterIP without externalIPs is a Service here: the internet comes by the Ingress, and addresses of others are theirs.",
  ),
  of(
    "ingresses",
    `has(variables.spec.ingressClassName) && variables.spec.ingressClassName == "${namespace}" && ` +
      `has(variables.metadata.annotations) && "${webAclAnnotation}" in variables.metadata.annotations && ` +
      `variables.metadata.annotations["${webAclAnnotation}"].startsWith("${webAclArn.replace(/\/webacl\/.*$/, "/webacl/")}")`,
    `An Ingress is of class ${namespace} and names a firewall of this account: ${webAclAnnotation}.`,
  ),
  of(
    "networkpolicies",
    `variables.metadata.name in [${Object.values(networkPolicyNames)
      .map((name) => `"${name}"`)
      .join(", ")}] && ${narrow("ingress", "from")} && ${narrow("egress", "to")}`,
    `Network policies add up, so there are four, and each of their rules names ports and peers: ${Object.values(networkPolicyNames).join(", ")}.`,
  ),
  of("applicationnetworkpolicies", "false", "Who may talk to whom is said by the NetworkPolicies alone."),
  of(
    "poddisruptionbudgets",
    '!has(variables.spec.minAvailable) && has(variables.spec.maxUnavailable) && !string(variables.spec.maxUnavailable).matches("^0+%?$")',
    "A budget has to let a pod go, or nodes are never replaced: say maxUnavailable, 1 or more.",
  ),
];

/** That every rule of a direction names ports, and peers that are not everybody. */
const narrow = (direction: "ingress" | "egress", peers: "from" | "to"): string =>
  `(!has(variables.spec.${direction}) || variables.spec.${direction}.all(r, has(r.ports) && r.ports.size() > 0 && ` +
  `has(r.${peers}) && r.${peers}.size() > 0 && r.${peers}.all(p, ` +
  "has(p.ipBlock) ? (!p.ipBlock.cidr.endsWith('/0') || has(p.ipBlock.except)) : " +
  "(has(p.namespaceSelector) && has(p.namespaceSelector.matchLabels)))))";

const of = (resource: string, keeps: string, message: string): Validation =>
  rule(`request.resource.resource != "${resource}" || (${keeps})`, message);

function kinds(group: string, version: string, ...resources: string[]) {
  return { apiGroups: [group], apiVersions: [version], operations: ["CREATE", "UPDATE"], resources };
}
