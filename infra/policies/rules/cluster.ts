import { kubernetesVersions, unknownVersion } from "../../config/kubernetes-versions.ts";
import type { Properties, Resource } from "../resource.ts";
import type { ResourceGraph } from "../resource-graph.ts";
import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const cluster = ["aws:eks/cluster:Cluster"];

const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** Verbs on resources that are as good as being administrator: CIS EKS 4.1.1 to 4.1.4 and 4.1.7 to 4.1.12. */
const powers: readonly { verbs: readonly string[]; resources: readonly string[] }[] = [
  { verbs: ["*"], resources: ["*"] },
  { verbs: ["get", "list", "watch"], resources: ["secrets"] },
  { verbs: ["create"], resources: ["pods", "persistentvolumes", "serviceaccounts/token"] },
  { verbs: ["get", "create"], resources: ["nodes/proxy"] },
  { verbs: ["update"], resources: ["certificatesigningrequests/approval"] },
  {
    verbs: ["bind", "escalate", "impersonate"],
    resources: ["roles", "clusterroles", "users", "groups", "serviceaccounts"],
  },
  {
    verbs: ["create", "update", "patch"],
    resources: ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
  },
];

/** The cluster itself, and who may do what in it. */
export const clusterRules: readonly Rule[] = [
  {
    id: "eks-supported",
    title: "Clusters run a version of Kubernetes in standard support",
    severity: "high",
    controls: ["EKS.2", "CKV_AWS_339"],
    types: cluster,
    fix: "Raise cluster.version by one minor at a time.",
    check: (given, { today }) => {
      const version = given.text("version") ?? "none";
      const unknown = unknownVersion(version);
      if (unknown !== undefined) return `has the version ${unknown.problem}`;
      const { standard, extended } = kubernetesVersions[version] ?? {};
      return unless(
        standard === undefined || today <= standard,
        `has the version ${version}, whose standard support ended on ${standard}: it costs six times as much until ${extended}, when EKS upgrades it by itself`,
      );
    },
  },
  {
    id: "eks-logged",
    title: "Clusters log everything that the control plane can log",
    severity: "medium",
    controls: ["EKS.8", "CIS-EKS 2.1.1", "CKV_AWS_37"],
    types: cluster,
    fix: `Set enabledClusterLogTypes to ${logTypes.join(", ")}.`,
    check: (given) => {
      const logged = given.texts("enabledClusterLogTypes");
      const missing = logTypes.filter((type) => !logged.includes(type));
      return unless(missing.length === 0, `does not log ${missing.join(", ")}`);
    },
  },
  {
    id: "eks-addon-version",
    title: "EKS add-ons name their version: without one an upgrade of the cluster leaves them behind",
    severity: "medium",
    controls: [],
    types: ["aws:eks/addon:Addon"],
    fix: "Set addonVersion to what aws.eks.getAddonVersionOutput says for cluster.version.",
    check: (given) => unless(given.has("addonVersion"), "has the version of the day on which it was made"),
  },
  {
    id: "eks-access-by-entries",
    title: "Only IAM, by access entries, decides who can use the Kubernetes API",
    severity: "high",
    controls: ["CIS-EKS 5.5.1"],
    types: cluster,
    fix: 'Set accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false }.',
    check: (given) =>
      unless(
        given.text("accessConfig.authenticationMode") === "API" &&
          given.text("accessConfig.bootstrapClusterCreatorAdminPermissions") === "false",
        "lets in others than those with an access entry",
      ),
  },
  {
    id: "eks-network-policies-enforced",
    title: "Network policies are enforced, not only written down",
    severity: "high",
    controls: ["CIS-EKS 4.3.1", "CIS-EKS 5.4.4"],
    types: cluster,
    across: true,
    fix: 'Set enable-network-policy-controller: "true" in the ConfigMap kube-system/amazon-vpc-cni.',
    check: (_, graph) => unless(enforcesNetworkPolicies(graph), "does not enforce network policies"),
  },
  {
    id: "rbac-narrow",
    title: "No role in Kubernetes is as good as administrator",
    severity: "high",
    controls: ["2", "3", "4", "7", "8", "9", "10", "11", "12"].map((number) => `CIS-EKS 4.1.${number}`),
    types: ["kubernetes:rbac.authorization.k8s.io/v1:*"],
    fix: "Name the verbs and resources that are really used; pods of this stack need none.",
    check: (role) => {
      const found = role.blocks("rules").filter((rule) => powers.some((power) => grants(rule, power)));
      return unless(found.length === 0, `allows ${found.map((rule) => JSON.stringify(rule)).join(", ")}`);
    },
  },
  {
    id: "rbac-no-cluster-admin",
    title: "Nothing in Kubernetes is bound to cluster-admin or to a group of AWS's master users",
    severity: "critical",
    controls: ["CIS-EKS 4.1.1"],
    types: ["kubernetes:rbac.authorization.k8s.io/v1:*"],
    fix: "Bind a role with the verbs and resources that are used; people come in by access entries.",
    check: (binding) =>
      unless(
        binding.text("roleRef.name") !== "cluster-admin" &&
          !binding.blocks("subjects").some(({ name }) => name === "system:masters"),
        "is bound to cluster-admin",
      ),
  },
];

function enforcesNetworkPolicies(graph: ResourceGraph): boolean {
  return graph
    .ofType("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapPatch")
    .some(
      (map) =>
        map.text("metadata.name") === "amazon-vpc-cni" &&
        map.map("data")["enable-network-policy-controller"] === "true",
    );
}

function grants(rule: Properties, power: (typeof powers)[number]): boolean {
  const held = (value: unknown, wanted: readonly string[]): boolean =>
    Array.isArray(value) && value.some((item) => item === "*" || wanted.includes(String(item)));
  return held(rule.verbs, power.verbs) && held(rule.resources, power.resources);
}

/** AWS services that the published controls want an interface endpoint for, by the end of the endpoint's service name. */
const wantedEndpoints = {
  "vpc-endpoint-ecr-api": { controls: ["EC2.55"], service: "ecr.api", what: "the registry's API" },
  "vpc-endpoint-ecr-dkr": { controls: ["EC2.56"], service: "ecr.dkr", what: "the registry's images" },
  "vpc-endpoint-ec2": { controls: ["EC2.10"], service: "ec2", what: "EC2's API" },
  "vpc-endpoint-ssm": { controls: ["EC2.57"], service: "ssm", what: "Systems Manager" },
} as const;

/** Ways to AWS's own services that do not lead over the internet. */
export const endpointRules: readonly Rule[] = Object.entries(wantedEndpoints).map(
  ([id, { controls, service, what }]) => ({
    id,
    title: `VPCs reach ${what} without the internet`,
    severity: "low",
    controls,
    types: ["aws:ec2/vpc:Vpc"],
    across: true,
    fix: `Add ${service} to network.interfaceEndpoints (7.30 USD a month for each zone).`,
    check: (vpc: Resource, graph: ResourceGraph) =>
      unless(
        graph
          .referringTo(vpc, "aws:ec2/vpcEndpoint:VpcEndpoint")
          .some((endpoint) => endpoint.text("serviceName")?.endsWith(`.${service}`)),
        `reaches ${what} by way of the internet`,
      ),
  }),
);
