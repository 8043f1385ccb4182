import type * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

interface ProviderArgs {
  cluster: aws.eks.Cluster;
  region: string;
  /** The cluster's name, known once its doors are open. */
  clusterName: pulumi.Output<string>;
  /** An existing cluster's kubeconfig instead. */
  kubeconfig: string | undefined;
}

/**
 * The way into the cluster. Credentials are fetched by `aws eks get-token` with whatever identity Pulumi runs as, so none is
 * ever in the state.
 */
export function kubernetesProvider(
  name: string,
  args: ProviderArgs,
  parent: pulumi.Resource,
): kubernetes.Provider {
  return new kubernetes.Provider(
    `${name}-kubernetes`,
    {
      // One that is given may hold a token or a key.
      kubeconfig: args.kubeconfig === undefined ? kubeconfigOf(args) : pulumi.secret(args.kubeconfig),
      // Tells the provider that a changed or not yet known kubeconfig still means the same cluster: without it a preview
      // announces that everything in Kubernetes will be replaced.
      clusterIdentifier: args.cluster.arn,
      enableServerSideApply: true,
    },
    { parent },
  );
}

function kubeconfigOf({ cluster, region, clusterName }: ProviderArgs): pulumi.Output<string> {
  return pulumi.jsonStringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "eks",
        cluster: {
          server: cluster.endpoint,
          "certificate-authority-data": cluster.certificateAuthority.apply(({ data }) => data),
        },
      },
    ],
    users: [
      {
        name: "iam",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", clusterName, "--region", region, "--output", "json"],
            interactiveMode: "Never",
            installHint: "The AWS CLI (version 2) is needed to sign in to EKS: https://aws.amazon.com/cli/",
          },
        },
      },
    ],
    contexts: [{ name: "eks", context: { cluster: "eks", user: "iam" } }],
    "current-context": "eks",
  });
}
