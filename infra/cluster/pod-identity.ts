import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../lib/iam.ts";

export interface PodIdentityArgs {
  /** Name of the cluster. */
  clusterName: pulumi.Input<string>;
  /** ARN of the cluster: the role trusts no other. */
  clusterArn: pulumi.Input<string>;
  /** Kubernetes namespace of the pods that get the role. */
  namespace: string;
  /** ServiceAccount of those pods. */
  serviceAccount: string;
  /** What the role is for, in the IAM console. */
  description: string;
  /** What the pods may do: least privilege, no wildcards. */
  statements: readonly aws.iam.PolicyStatement[];
}

/**
 * An IAM role for the pods of one ServiceAccount of one cluster, and for nobody else. Pods depend on all of it: they get
 * credentials only if it stood before they were made.
 */
export class PodIdentity extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  constructor(name: string, args: PodIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cluster:PodIdentity", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      { description: args.description, assumeRolePolicy: podIdentityTrust(args) },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: policyDocument(...args.statements) },
      { parent: this },
    );
    new aws.eks.PodIdentityAssociation(
      name,
      {
        clusterName: args.clusterName,
        namespace: args.namespace,
        serviceAccount: args.serviceAccount,
        roleArn: role.arn,
      },
      { parent: this },
    );
    this.roleArn = role.arn;
    this.registerOutputs({ roleArn: this.roleArn });
  }
}

/**
 * Trust in EKS pod identity, for these pods only. EKS puts cluster, namespace and ServiceAccount on the session as tags.
 * Source: "Create IAM role with trust policy required by EKS Pod Identity" in the Amazon EKS user guide.
 */
export function podIdentityTrust(
  args: Pick<PodIdentityArgs, "clusterArn" | "namespace" | "serviceAccount">,
): pulumi.Output<string> {
  return policyDocument({
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: {
        "aws:RequestTag/eks-cluster-arn": args.clusterArn,
        "aws:RequestTag/kubernetes-namespace": args.namespace,
        "aws:RequestTag/kubernetes-service-account": args.serviceAccount,
      },
    },
  });
}
