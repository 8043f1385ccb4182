import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { policyDocument, trustIn } from "../lib/iam.ts";
import { autoModeTagging } from "./tagging-policy.ts";

/** What Auto Mode does with the control plane's role, one AWS-managed policy for each. */
const controlPlanePolicies = [
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];
/** The least a node needs: to join, and to pull images. Pods have roles of their own. */
const nodePolicies = ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"];

export interface ClusterRoleArgs {
  /** Where it is deployed to. */
  account: Account;
  /** KMS key that the control plane wraps Kubernetes secrets with. */
  keyArn: pulumi.Input<string>;
}

/** The role in which EKS makes nodes, load balancers and volumes for the cluster. */
export class ClusterRole extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  /** What gives the role its permissions: the cluster needs it from its first moment to its last. */
  readonly attachments: readonly pulumi.Resource[];

  constructor(name: string, args: ClusterRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cluster:ClusterRole", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      {
        description: "EKS control plane: nodes, load balancers and volumes of the cluster",
        // Auto Mode tags its sessions with the cluster's name, and its policies ask for that tag.
        assumeRolePolicy: policyDocument({
          Effect: "Allow",
          Principal: { Service: "eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
        }),
      },
      { parent: this },
    );
    const inline = (suffix: string, policy: pulumi.Output<string>) =>
      new aws.iam.RolePolicy(`${name}-${suffix}`, { role: role.name, policy }, { parent: this });
    this.roleArn = role.arn;
    this.attachments = [
      ...attachManaged(
        name,
        { role, account: args.account, policies: controlPlanePolicies },
        { parent: this },
      ),
      inline("envelope", envelopeEncryption(args.keyArn)),
      inline("tagging", autoModeTagging(args.account)),
    ];
    this.registerOutputs({ roleArn: this.roleArn });
  }
}

/** The role of Auto Mode's nodes. EKS admits it by itself where the built-in pools use it; see OwnNodes for others. */
export class NodeRole extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  readonly attachments: readonly pulumi.Resource[];

  constructor(name: string, args: { account: Account }, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cluster:NodeRole", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      {
        description: "EKS nodes: join the cluster, pull images",
        assumeRolePolicy: trustIn("ec2.amazonaws.com"),
      },
      { parent: this },
    );
    this.roleArn = role.arn;
    this.roleName = role.name;
    this.attachments = attachManaged(
      name,
      { role, account: args.account, policies: nodePolicies },
      { parent: this },
    );
    this.registerOutputs({ roleArn: this.roleArn, roleName: this.roleName });
  }
}

interface ManagedPoliciesArgs {
  /** Who gets the policies. */
  role: aws.iam.Role;
  /** Where it is deployed to. */
  account: Account;
  /** Names of policies that AWS keeps. */
  policies: readonly string[];
}

function attachManaged(
  name: string,
  { role, account: { partition }, policies }: ManagedPoliciesArgs,
  opts: pulumi.CustomResourceOptions,
) {
  return policies.map(
    (policy) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy}`,
        { role: role.name, policyArn: pulumi.interpolate`arn:${partition}:iam::aws:policy/${policy}` },
        opts,
      ),
  );
}

const envelopeEncryption = (keyArn: pulumi.Input<string>) =>
  policyDocument({
    Sid: "EnvelopeEncryption",
    Effect: "Allow",
    Action: ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:ListGrants"],
    Resource: keyArn,
  });
