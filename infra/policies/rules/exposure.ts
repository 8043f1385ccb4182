import { isOpen } from "../../lib/cidr.ts";
import { type Properties, type Resource, valueAt } from "../resource.ts";
import { isTied, principalsOf } from "../statements.ts";
import type { Rule } from "../types.ts";

const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const securityGroup = "aws:ec2/securityGroup:SecurityGroup";
const anywhere = ["0.0.0.0/0", "::/0"];
const isAnywhere = (range: unknown): boolean => anywhere.includes(String(range));

/** Ranges named by a rule of the new kind, or by the rules inside a group of the old kind. */
const ranges = (rule: Resource): unknown[] => [rule.get("cidrIpv4"), rule.get("cidrIpv6")];
const rangesInside = (group: Resource, side: "ingress" | "egress"): Properties[] =>
  group
    .blocks(side)
    .filter((block) => ["cidrBlocks", "ipv6CidrBlocks"].some((key) => listed(block, key).some(isAnywhere)));
const listed = (block: Properties, key: string): unknown[] => {
  const value = valueAt(block, key);
  return Array.isArray(value) ? value : [];
};

/** Who can reach what: networks and security groups. */
export const exposureRules: readonly Rule[] = [
  {
    id: "rds-private",
    title: "Databases have no public address",
    severity: "critical",
    controls: ["RDS.2", "CKV_AWS_17"],
    types: ["aws:rds/instance:Instance"],
    fix: "Set publiclyAccessible: false.",
    check: (instance) => (instance.isTrue("publiclyAccessible") ? "has a public address" : undefined),
  },
  {
    id: "subnet-no-public-addresses",
    title: "Subnets assign no public addresses by default",
    severity: "high",
    controls: ["EC2.15", "CKV_AWS_130"],
    types: ["aws:ec2/subnet:Subnet"],
    fix: "Set mapPublicIpOnLaunch: false.",
    check: (subnet) =>
      subnet.isTrue("mapPublicIpOnLaunch") || subnet.isTrue("assignIpv6AddressOnCreation")
        ? "gives a public address to whatever starts in it"
        : undefined,
  },
  {
    id: "security-group-closed",
    title: "No security group is open to the world; the load balancer's own is made by its controller",
    severity: "critical",
    controls: ["EC2.18", "EC2.19", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"],
    types: [ingressRule, securityGroup],
    fix: "Let in a security group (referencedSecurityGroupId) or a range of your own instead.",
    check: (rule) =>
      (rule.type === ingressRule ? ranges(rule).some(isAnywhere) : rangesInside(rule, "ingress").length > 0)
        ? "lets in the whole internet"
        : undefined,
  },
  {
    id: "security-group-egress-narrow",
    title: "No security group allows all traffic to all addresses",
    severity: "medium",
    controls: ["CKV_AWS_382"],
    types: [egressRule, securityGroup],
    fix: "Name the protocol and port, or the security group, that it has to reach.",
    check: (rule) =>
      (
        rule.type === egressRule
          ? rule.text("ipProtocol") === "-1" && ranges(rule).some(isAnywhere)
          : rangesInside(rule, "egress").some(({ protocol }) => String(protocol) === "-1")
      )
        ? "lets everything out to everywhere"
        : undefined,
  },
  {
    id: "security-group-described",
    title: "Security groups and their rules say what they are for",
    severity: "low",
    controls: ["CKV_AWS_23"],
    types: [ingressRule, egressRule, securityGroup],
    fix: "Set description.",
    check: (rule) => (rule.has("description") ? undefined : "has no description"),
  },
  {
    id: "security-group-used",
    title: "Every security group is used by something",
    severity: "low",
    controls: ["CKV2_AWS_5"],
    types: [securityGroup],
    across: true,
    fix: "Attach it, or remove it.",
    check: (group, graph) =>
      graph.referringTo(group).some(({ type }) => type !== ingressRule && type !== egressRule)
        ? undefined
        : "is attached to nothing",
  },
  {
    id: "default-security-group-empty",
    title: "A VPC's default security group, for resources that name none, admits no traffic",
    severity: "high",
    controls: ["EC2.2", "CKV2_AWS_12"],
    types: ["aws:ec2/vpc:Vpc"],
    across: true,
    fix: "Add an aws.ec2.DefaultSecurityGroup of this VPC with ingress: [] and egress: [].",
    check: (vpc, graph) => {
      const groups = graph.referringTo(vpc, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
      const open = groups.some((group) => group.list("ingress").length + group.list("egress").length > 0);
      return groups.length === 0 || open
        ? "has a default security group that lets traffic through"
        : undefined;
    },
  },
  {
    id: "network-acl-used",
    title: "Network ACLs belong to subnets, and leave SSH and RDP closed to the world",
    severity: "medium",
    controls: ["EC2.16", "EC2.21", "CKV2_AWS_1"],
    types: ["aws:ec2/networkAcl:NetworkAcl"],
    fix: "Set subnetIds; before the rule that lets in 0.0.0.0/0 put rules that refuse TCP 22 and 3389.",
    check: (acl) => {
      if (!acl.has("subnetIds") || acl.list("subnetIds").length === 0) return "belongs to no subnet";
      const open = [22, 3389].filter((port) => letsIn(acl.blocks("ingress"), port));
      return open.length > 0 ? `lets the whole internet in to TCP ${open.join(" and ")}` : undefined;
    },
  },
  {
    id: "eks-public-endpoint-restricted",
    title: "A public Kubernetes API is open to named addresses only",
    severity: "critical",
    controls: ["CIS-EKS 5.4.1", "CKV_AWS_38"],
    types: ["aws:eks/cluster:Cluster"],
    fix: "Name your own addresses in cluster.publicAccessCidrs.",
    check: (cluster) => {
      if (!isEndpointPublic(cluster)) return undefined;
      const allowed = cluster.texts("vpcConfig.publicAccessCidrs");
      return allowed.length === 0 || isOpen(allowed)
        ? "opens the Kubernetes API to the whole internet"
        : undefined;
    },
  },
  {
    id: "eks-endpoint-private",
    title: "The Kubernetes API is reached from inside the network only",
    severity: "medium",
    controls: ["EKS.1", "CIS-EKS 5.4.2", "CKV_AWS_39"],
    types: ["aws:eks/cluster:Cluster"],
    fix: "Empty cluster.publicAccessCidrs, and deploy from inside the network.",
    check: (cluster) => {
      if (!cluster.isTrue("vpcConfig.endpointPrivateAccess")) return "has no private endpoint";
      return isEndpointPublic(cluster) ? "has a public endpoint" : undefined;
    },
  },
  {
    id: "eks-nodes-private",
    title: "Nodes are in private subnets",
    severity: "high",
    controls: ["CIS-EKS 5.4.3"],
    types: ["aws:eks/cluster:Cluster"],
    across: true,
    fix: "Give vpcConfig.subnetIds subnets without a route to the internet gateway.",
    check: (cluster, graph) => {
      const open = graph
        .referredBy(cluster, "aws:ec2/subnet:Subnet")
        .filter((subnet) => "kubernetes.io/role/elb" in subnet.map("tags"))
        .map(({ name }) => name);
      return open.length > 0 ? `has nodes in public subnets: ${open.join(", ")}` : undefined;
    },
  },
  {
    id: "lambda-not-public",
    title: "Only a named caller in our own account invokes a function",
    severity: "critical",
    controls: ["Lambda.1"],
    types: ["aws:lambda/permission:Permission"],
    fix: "Name the principal, and for a service of AWS's sourceAccount or sourceArn.",
    check: (permission) => {
      const principal = permission.text("principal");
      const isService = principal?.endsWith(".amazonaws.com") ?? false;
      const tied = ["sourceAccount", "sourceArn", "principalOrgId"].some((key) => permission.has(key));
      if (principal === "*" && !tied) return "lets anybody invoke the function";
      return isService && !tied ? `lets any account invoke the function by way of ${principal}` : undefined;
    },
  },
  {
    id: "endpoint-own-principals",
    title: "VPC endpoints carry requests of our own account only",
    severity: "medium",
    controls: [],
    types: ["aws:ec2/vpcEndpoint:VpcEndpoint"],
    fix: "Set a policy whose statements are tied to aws:PrincipalAccount, or to the resources of AWS that are needed.",
    check: (endpoint) =>
      endpoint.has("policy") &&
      endpoint
        .statements("policy")
        .filter(({ Effect }) => Effect === "Allow")
        .every(
          (statement) =>
            isTied(statement) || !principalsOf(statement).includes("*") || !statement.Resource?.includes("*"),
        )
        ? undefined
        : "carries requests of any account: a way out for stolen data",
  },
];

/** As EKS reads it: the endpoint is public unless it is said not to be. */
const isEndpointPublic = (cluster: Resource): boolean =>
  cluster.text("vpcConfig.endpointPublicAccess") !== "false";

/** Whether the first rule, by number, that speaks of the port from anywhere lets it in. */
function letsIn(rules: readonly Properties[], port: number): boolean {
  const first = [...rules]
    .sort((one, other) => Number(one.ruleNo) - Number(other.ruleNo))
    .find(
      (rule) =>
        [rule.cidrBlock, rule.ipv6CidrBlock].some(isAnywhere) &&
        ["-1", "all", "6", "tcp"].includes(String(rule.protocol)) &&
        (["-1", "all"].includes(String(rule.protocol)) ||
          (Number(rule.fromPort) <= port && port <= Number(rule.toPort))),
    );
  return first?.action === "allow";
}
