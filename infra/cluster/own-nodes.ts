import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { nodePoolName } from "../lib/kubernetes-names.ts";
import type { NodeRole } from "./roles.ts";

export interface OwnNodesArgs {
  /** `bulwark:cluster.nodes` of the configuration. */
  settings: NonNullable<Environment["cluster"]["nodes"]>;
  /** Where it is deployed to. */
  account: Account;
  /** Name of the cluster. */
  clusterName: pulumi.Input<string>;
  /** The group that EKS made for nodes and pods. */
  securityGroupId: pulumi.Input<string>;
  /** Private subnets, one of each zone. */
  subnetIds: readonly pulumi.Input<string>[];
  /** Role of the machines. */
  role: Pick<NodeRole, "roleArn" | "roleName">;
  /** Talks to the cluster. */
  provider: kubernetes.Provider;
  /** On machines and disks. */
  tags: Readonly<Record<string, string>>;
  /** Something else than the program says how many run (a schedule): an update leaves the number alone. */
  countIsKept: boolean;
}

/** Auto Mode puts a newer image on every node within this time; 21 days are the most that it allows. */
const longestLife = "336h";
/** How long pods may hold up the end of their node; without an end one that cannot be evicted would keep the machine. */
const longestDrain = "30m";

/**
 * A fixed number of Auto Mode's nodes, of machines that its built-in pools do not start. EKS calls it a static-capacity node
 * pool: https://docs.aws.amazon.com/eks/latest/userguide/auto-static-capacity.html
 */
export class OwnNodes extends pulumi.ComponentResource {
  readonly pool: kubernetes.apiextensions.CustomResource;

  constructor(name: string, args: OwnNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cluster:OwnNodes", name, {}, opts);
    const nodeClass = this.#nodeClass(name, args, this.#admitted(name, args));
    this.pool = new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: "karpenter.sh/v1",
        kind: "NodePool",
        metadata: { name: nodePoolName },
        spec: poolSpec(args, nodeClass.metadata.name),
      },
      {
        parent: this,
        provider: args.provider,
        ignoreChanges: args.countIsKept ? ["spec.replicas"] : [],
      },
    );
    this.registerOutputs();
  }

  /** EKS admits by itself only the nodes of its built-in pools. */
  #admitted(name: string, { clusterName, account, role }: OwnNodesArgs) {
    const entry = new aws.eks.AccessEntry(
      name,
      { clusterName, principalArn: role.roleArn, type: "EC2" },
      { parent: this },
    );
    return new aws.eks.AccessPolicyAssociation(
      name,
      {
        clusterName,
        principalArn: entry.principalArn,
        policyArn: pulumi.interpolate`arn:${account.partition}:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy`,
        accessScope: { type: "cluster" },
      },
      { parent: this },
    );
  }

  #nodeClass(name: string, args: OwnNodesArgs, admitted: pulumi.Resource) {
    return new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: "eks.amazonaws.com/v1",
        kind: "NodeClass",
        metadata: { name: nodePoolName },
        spec: {
          role: args.role.roleName,
          subnetSelectorTerms: args.subnetIds.map((id) => ({ id })),
          securityGroupSelectorTerms: [{ id: args.securityGroupId }],
          // As in the built-in class: the namespaces' own policies deny by default.
          networkPolicy: "DefaultAllow",
          networkPolicyEventLogs: "Disabled",
          ephemeralStorage: { size: `${args.settings.diskGb}Gi`, iops: 3_000, throughput: 125 },
          tags: args.tags,
        },
      },
      // A node that may not come in is started, thrown away and started again.
      { parent: this, provider: args.provider, dependsOn: [admitted] },
    );
  }
}

function poolSpec({ settings }: OwnNodesArgs, nodeClass: pulumi.Input<string>) {
  const oneOf = (key: string, values: readonly string[]) => ({ key, operator: "In", values });
  return {
    replicas: settings.count,
    // One more while a node is being replaced.
    limits: { nodes: String(settings.count + 1) },
    template: {
      spec: {
        nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: nodeClass },
        requirements: [
          oneOf("node.kubernetes.io/instance-type", settings.instanceTypes),
          oneOf("karpenter.sh/capacity-type", [settings.capacityType]),
        ],
        expireAfter: longestLife,
        terminationGracePeriod: longestDrain,
      },
    },
  };
}
