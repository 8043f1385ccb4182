import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface AddonArgs {
  /** Name of the cluster. */
  clusterName: pulumi.Input<string>;
  /** Kubernetes version of the cluster: `1.36`. */
  kubernetesVersion: string;
  /** Name among EKS's add-ons. */
  addonName: string;
  /** The oldest version that takes the configuration below: `6.2.0`. Default: any. */
  minimumVersion?: string;
  /** What differs from the add-on's own defaults. Default: nothing. */
  configuration?: Record<string, unknown>;
  /** IAM role of the add-on's own ServiceAccount. Default: none. */
  identity?: {
    /** Name of the ServiceAccount. */
    serviceAccount: string;
    /** ARN of the role. */
    roleArn: pulumi.Input<string>;
  };
}

/**
 * An EKS add-on in AWS's default version for the cluster's Kubernetes, asked for anew in each deployment: EKS itself never
 * updates an add-on, not even with the cluster ("Updating an Amazon EKS add-on" in the Amazon EKS user guide).
 * @throws RunError when AWS has no version that takes the configuration.
 */
export function addon(name: string, args: AddonArgs, opts: pulumi.CustomResourceOptions): aws.eks.Addon {
  return new aws.eks.Addon(
    name,
    {
      clusterName: args.clusterName,
      addonName: args.addonName,
      addonVersion: versionFor(args, opts),
      // What somebody changed by hand in an add-on is put right; nothing of ours is in them.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      configurationValues: args.configuration && JSON.stringify(args.configuration),
      podIdentityAssociations: args.identity && [args.identity],
    },
    opts,
  );
}

/** AWS's default is the version that it has tried longest; the newest one only where the default is too old for us. */
function versionFor(args: AddonArgs, { parent }: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { addonName, kubernetesVersion, minimumVersion } = args;
  const ask = (mostRecent: boolean) =>
    aws.eks.getAddonVersionOutput(
      { addonName, kubernetesVersion, mostRecent },
      parent === undefined ? {} : { parent },
    ).version;
  if (minimumVersion === undefined) return ask(false);
  return pulumi.all([ask(false), ask(true)]).apply((offered) => {
    const found = offered.find((version) => isAtLeast(version, minimumVersion));
    if (found !== undefined) return found;
    throw new pulumi.RunError(
      `EKS offers ${addonName} for Kubernetes ${kubernetesVersion} up to ${offered[1]}, and the stack's configuration of it ` +
        `needs ${minimumVersion}: choose a newer bulwark:cluster.version`,
    );
  });
}

/** Whether `v6.2.0-eksbuild.1` is `6.2.0` or newer. */
export function isAtLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number);
  const [found, wanted] = [numbers(version), numbers(minimum)];
  const differing = wanted.findIndex((number, index) => number !== (found[index] ?? 0));
  return differing === -1 || (found[differing] ?? 0) > (wanted[differing] ?? 0);
}
