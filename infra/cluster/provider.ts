import type * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SignIn } from "../config/sign-in.ts";
import { type ControlPlane, untilAdmitted } from "./control-plane.ts";

interface ProviderArgs {
  /** The cluster to talk to. */
  cluster: aws.eks.Cluster;
  /** Region of the cluster. */
  region: string;
  /** The cluster's name, known once somebody may come in. */
  clusterName: pulumi.Output<string>;
  /** An existing cluster's kubeconfig instead. */
  kubeconfig: string | undefined;
  /** As whom the AWS CLI signs in. */
  signIn: SignIn;
}

/**
 * The way into the cluster, open once its API server lets the deployment in. Credentials are fetched by `aws eks get-token` as
 * the identity that the AWS provider acts as, so none is ever in the state.
 */
export function kubernetesProvider(
  name: string,
  args: ProviderArgs,
  opts: pulumi.ResourceOptions,
): kubernetes.Provider {
  return new kubernetes.Provider(
    `${name}-kubernetes`,
    {
      // One that is given may hold a token or a key.
      kubeconfig: args.kubeconfig === undefined ? kubeconfigOf(args, opts) : pulumi.secret(args.kubeconfig),
      // Tells the provider that a changed or not yet known kubeconfig still means the same cluster: without it a preview
      // announces that everything in Kubernetes will be replaced.
      clusterIdentifier: args.cluster.arn,
      enableServerSideApply: true,
    },
    opts,
  );
}

function kubeconfigOf(args: ProviderArgs, { parent }: pulumi.ResourceOptions): pulumi.Output<string> {
  const { cluster, region, clusterName } = args;
  return pulumi
    .all([cluster.endpoint, cluster.certificateAuthority, clusterName, cluster.status])
    .apply(async ([endpoint, { data: certificateAuthority }, name, status]) => {
      const plane = { endpoint, certificateAuthority, signIn: tokenCommand(name, region, args.signIn) };
      if (status === "ACTIVE" && !pulumi.runtime.isDryRun())
        await untilAdmitted(plane, (text) => void pulumi.log.info(text, parent, undefined, true));
      return JSON.stringify(kubeconfigFor(plane));
    });
}

function tokenCommand(clusterName: string, region: string, { profile, roleArn }: SignIn) {
  const identity = [
    // By flag: in the environment, keys would come before a profile.
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(roleArn === undefined ? [] : ["--role-arn", roleArn]),
  ];
  const args = ["eks", "get-token", "--cluster-name", clusterName, "--region", region, "--output", "json"];
  return { command: "aws", args: [...args, ...identity] };
}

const kubeconfigFor = ({ endpoint, certificateAuthority, signIn }: ControlPlane) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    { name: "eks", cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } },
  ],
  users: [
    {
      name: "iam",
      user: {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1beta1",
          ...signIn,
          interactiveMode: "Never",
          installHint: "The AWS CLI (version 2) is needed to sign in to EKS: https://aws.amazon.com/cli/",
        },
      },
    },
  ],
  contexts: [{ name: "eks", context: { cluster: "eks", user: "iam" } }],
  "current-context": "eks",
});
