import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface AddonArgs {
  clusterName: pulumi.Input<string>;
  /** Name among EKS's add-ons. */
  addonName: string;
  /** What differs from the add-on's own defaults. */
  configuration?: Record<string, unknown>;
  /** IAM role of the add-on's own ServiceAccount. */
  identity?: { serviceAccount: string; roleArn: pulumi.Input<string> };
}

/**
 * An EKS add-on in the version that AWS holds for the default of the cluster's Kubernetes: a version written down here
 * would stand in the way of the next upgrade.
 */
export function addon(name: string, args: AddonArgs, opts: pulumi.CustomResourceOptions): aws.eks.Addon {
  return new aws.eks.Addon(
    name,
    {
      clusterName: args.clusterName,
      addonName: args.addonName,
      // What somebody changed by hand in an add-on is put right; nothing of ours is in them.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      configurationValues: args.configuration && JSON.stringify(args.configuration),
      podIdentityAssociations: args.identity && [args.identity],
    },
    opts,
  );
}
