import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";

export interface ClusterAccessArgs {
  /** Name of the cluster. */
  clusterName: pulumi.Input<string>;
  /** Where it is deployed to. */
  account: Account;
  /**
   * IAM roles with cluster-admin. The deploy role is one of them: no lesser policy of EKS covers what a deployment makes
   * outside its namespace (Namespace, IngressClass, IngressClassParams, the network-policy switch).
   */
  roleArns: readonly (string | undefined)[];
}

/** Who may use the Kubernetes API: these roles and nobody else, not even who made the cluster. */
export class ClusterAccess extends pulumi.ComponentResource {
  readonly associations: readonly pulumi.Resource[];

  constructor(name: string, args: ClusterAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cluster:ClusterAccess", name, {}, opts);
    // EKS refuses a second entry for the same role, and a role may well be both administrator and deployer.
    const roles = [...new Set(args.roleArns.filter((arn) => arn !== undefined))];
    this.associations = roles.map((principalArn) =>
      this.#admit(`${name}-${roleNameOf(principalArn)}`, principalArn, args),
    );
    this.registerOutputs();
  }

  #admit(name: string, principalArn: string, { clusterName, account }: ClusterAccessArgs) {
    const entry = new aws.eks.AccessEntry(
      name,
      { clusterName, principalArn, type: "STANDARD" },
      { parent: this },
    );
    return new aws.eks.AccessPolicyAssociation(
      name,
      {
        clusterName,
        principalArn: entry.principalArn,
        policyArn: pulumi.interpolate`arn:${account.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
        accessScope: { type: "cluster" },
      },
      { parent: this },
    );
  }
}

/** `…:role/path/name` → `111122223333-path-name`: unique among the entries, fit for a resource name. */
function roleNameOf(arn: string): string {
  const [, , , , accountId = "", resource = ""] = arn.split(":");
  return [accountId, ...resource.split("/").slice(1)].join("-");
}
