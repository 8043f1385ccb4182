import * as aws from "@pulumi/aws";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { SignIn } from "../config/sign-in.ts";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { required } from "../lib/required.ts";
import { ClusterAccess } from "./access.ts";
import { addon } from "./addon.ts";
import { networkPolicySwitch } from "./network-policy-switch.ts";
import { OwnNodes } from "./own-nodes.ts";
import { kubernetesProvider } from "./provider.ts";
import { ClusterRole, NodeRole } from "./roles.ts";
import { dnsAddressOf, serviceRangeFor } from "./service-range.ts";

export interface ClusterArgs {
  /** `bulwark:cluster` of the configuration. */
  settings: Environment["cluster"];
  /** Where it is deployed to. */
  account: Account;
  /** Range of the VPC: the Services' range keeps clear of it. */
  vpcCidr: string;
  /** Private subnets of at least two zones, for nodes, pods and the control plane's interfaces. */
  privateSubnetIds: readonly pulumi.Input<string>[];
  /** KMS key of the Kubernetes secrets' envelope encryption and of the control plane's logs. */
  keyArn: pulumi.Input<string>;
  /** On the machines of own nodes: no other resource of the program stands for them. */
  tags: Readonly<Record<string, string>>;
  /** Whether a schedule says how many own nodes run. */
  nodesAreScheduled: boolean;
  /** Kubeconfig of a cluster that exists already, from `kubernetes:kubeconfig`. Default: the cluster made here. */
  kubeconfig?: string;
  /** As whom the AWS CLI signs in to the cluster. */
  signIn: SignIn;
}

/** Everything the control plane can log (CIS EKS 2.1.1). */
const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/**
 * EKS with Auto Mode: AWS runs and patches nodes, load balancing, volumes, DNS and the pod identity agent. Nodes stand in
 * private subnets; who may use the Kubernetes API is decided by access entries alone.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly clusterName: string;
  readonly clusterArn: pulumi.Output<string>;
  /** URL of the Kubernetes API, and the PEM in base64 that its certificate is checked with. */
  readonly endpoint: pulumi.Output<string>;
  readonly certificateAuthority: pulumi.Output<string>;
  /** The security group of nodes and pods, made by EKS. */
  readonly securityGroupId: pulumi.Output<string>;
  readonly nodeRoleArn: pulumi.Output<string>;
  /** Talks to the cluster once those who deploy have access; everything in Kubernetes is made through it. */
  readonly provider: kubernetes.Provider;
  /** Address that pods ask for names. */
  readonly dnsAddress: string;
  readonly logGroupName: pulumi.Output<string>;
  /** What every workload depends on without naming it: nodes, enforced network policies, CPU use that the autoscaler reads. */
  readonly essentials: readonly pulumi.Resource[];

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cluster:Cluster", name, {}, opts);
    const parent = { parent: this };
    const { settings, account } = args;
    const serviceRange = serviceRangeFor(args.vpcCidr);
    const role = new ClusterRole(`${name}-control-plane`, { account, keyArn: args.keyArn }, parent);
    const nodeRole = new NodeRole(`${name}-node`, { account }, parent);
    const logs = this.#logGroup(name, args);
    const cluster = this.#cluster(name, args, serviceRange, role, nodeRole, logs);
    const access = new ClusterAccess(
      `${name}-access`,
      { clusterName: cluster.name, account, roleArns: [...settings.adminRoleArns, settings.deployRoleArn] },
      parent,
    );

    this.clusterName = name;
    this.clusterArn = cluster.arn;
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.apply(({ data }) => data);
    this.securityGroupId = cluster.vpcConfig.apply((config) =>
      required(config.clusterSecurityGroupId, `${name}: the security group of nodes and pods`),
    );
    this.nodeRoleArn = nodeRole.roleArn;
    this.dnsAddress = dnsAddressOf(serviceRange);
    this.logGroupName = logs.name;
    this.provider = kubernetesProvider(
      name,
      {
        cluster,
        region: account.region,
        // Not before somebody may come in, and nobody is shut out before the last object is gone.
        clusterName: dependingOn(cluster.name, access.associations),
        kubeconfig: args.kubeconfig,
        signIn: args.signIn,
      },
      parent,
    );
    const nodes = this.#ownNodes(name, args, cluster, nodeRole);
    this.essentials = [
      ...nodes,
      networkPolicySwitch(`${name}-network-policies`, {}, { ...parent, provider: this.provider }),
      // Not among what Auto Mode brings along, and without it the autoscaler sees no CPU use. It is there only when it runs,
      // for which it needs a node.
      addon(
        `${name}-metrics`,
        { clusterName: cluster.name, kubernetesVersion: settings.version, addonName: "metrics-server" },
        { ...parent, dependsOn: nodes },
      ),
    ];
    this.registerOutputs({
      clusterName: this.clusterName,
      clusterArn: this.clusterArn,
      endpoint: this.endpoint,
      certificateAuthority: this.certificateAuthority,
      securityGroupId: this.securityGroupId,
      nodeRoleArn: this.nodeRoleArn,
      dnsAddress: this.dnsAddress,
      logGroupName: this.logGroupName,
    });
  }

  #ownNodes(name: string, args: ClusterArgs, cluster: aws.eks.Cluster, role: NodeRole): pulumi.Resource[] {
    const settings = args.settings.nodes;
    if (settings === undefined) return [];
    const { pool } = new OwnNodes(
      `${name}-nodes`,
      {
        settings,
        account: args.account,
        clusterName: cluster.name,
        securityGroupId: this.securityGroupId,
        subnetIds: args.privateSubnetIds,
        role,
        provider: this.provider,
        tags: args.tags,
        countIsKept: args.nodesAreScheduled,
      },
      { parent: this },
    );
    return [pool];
  }

  /** Made before the cluster, which would otherwise make one that keeps everything for ever, unencrypted. */
  #logGroup(name: string, { settings, keyArn }: ClusterArgs) {
    return new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: `/aws/eks/${name}/cluster`, retentionInDays: settings.logRetentionDays, kmsKeyId: keyArn },
      { parent: this },
    );
  }

  #cluster(
    name: string,
    args: ClusterArgs,
    serviceIpv4Cidr: string,
    role: ClusterRole,
    nodeRole: NodeRole,
    logs: aws.cloudwatch.LogGroup,
  ) {
    const { settings } = args;
    return new aws.eks.Cluster(
      name,
      {
        name,
        version: settings.version,
        roleArn: role.roleArn,
        ...autoMode(settings.nodes === undefined ? nodeRole.roleArn : undefined, serviceIpv4Cidr),
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
        vpcConfig: {
          subnetIds: [...args.privateSubnetIds],
          endpointPrivateAccess: true,
          endpointPublicAccess: settings.publicAccessCidrs.length > 0,
          // EKS takes an empty list for 0.0.0.0/0, so there must be none where the public endpoint is off.
          ...(settings.publicAccessCidrs.length > 0 ? { publicAccessCidrs: settings.publicAccessCidrs } : {}),
        },
        encryptionConfig: { provider: { keyArn: args.keyArn }, resources: ["secrets"] },
        enabledClusterLogTypes: logTypes,
        deletionProtection: settings.deletionProtection,
        upgradePolicy: { supportType: settings.supportType },
        zonalShiftConfig: { enabled: settings.zonalShift },
      },
      // Without its policies the role can neither make nodes nor, at the end, take away what it made. The log group
      // has to be there first, and stay until the control plane has said its last word.
      // Protected in Pulumi's state as well: the engine then refuses a destroy before it touches what runs in the cluster; EKS
      // would refuse after.
      {
        parent: this,
        dependsOn: [...role.attachments, ...nodeRole.attachments, logs],
        protect: settings.deletionProtection,
      },
    );
  }
}

/**
 * The parts of Auto Mode, which EKS accepts only together: all known (the node role's ARN is the one output, inside), never
 * one without the others. Switching off is `enabled: false` in all three, not leaving them out. Without built-in pools EKS
 * takes no role for their nodes either.
 */
function autoMode(nodeRoleArn: pulumi.Output<string> | undefined, serviceIpv4Cidr: string) {
  const builtIn = nodeRoleArn && { nodePools: ["general-purpose", "system"], nodeRoleArn };
  return {
    // With Auto Mode the networking add-ons are AWS's own; the self-managed ones would fight them. Replaces the cluster.
    bootstrapSelfManagedAddons: false,
    computeConfig: { enabled: true, ...(builtIn ?? { nodePools: [] }) },
    kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true }, ipFamily: "ipv4", serviceIpv4Cidr },
    storageConfig: { blockStorage: { enabled: true } },
  } satisfies Partial<aws.eks.ClusterArgs>;
}
