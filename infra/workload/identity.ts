import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PodIdentity } from "../cluster/pod-identity.ts";
import type { Account } from "../lib/account.ts";
import { labelsOf, namespace } from "../lib/kubernetes-names.ts";

export interface WorkloadIdentityArgs {
  /** Name of the cluster. */
  clusterName: pulumi.Input<string>;
  /** ARN of the cluster. */
  clusterArn: pulumi.Input<string>;
  /** Where it is deployed to. */
  account: Account;
  /** Component that the ServiceAccount is for; its name too. */
  component: string;
  /** ARNs of the secrets that its pods read, and nothing else of AWS. */
  secretArns: readonly pulumi.Input<string>[];
  /** KMS key of the secrets. */
  secretsKeyArn: pulumi.Input<string>;
  /** The namespace. */
  dependsOn: readonly pulumi.Resource[];
}

/** Who a component is: a ServiceAccount without any right in Kubernetes, and an IAM role that reads its own secrets. */
export class WorkloadIdentity extends pulumi.ComponentResource {
  readonly serviceAccountName: string;

  constructor(name: string, args: WorkloadIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:WorkloadIdentity", name, {}, opts);
    new kubernetes.core.v1.ServiceAccount(
      name,
      {
        metadata: { name: args.component, namespace, labels: labelsOf(args.component) },
        // No pod of ours speaks to the Kubernetes API; the token for AWS comes by pod identity.
        automountServiceAccountToken: false,
      },
      { parent: this, dependsOn: [...args.dependsOn] },
    );
    new PodIdentity(
      name,
      {
        clusterName: args.clusterName,
        clusterArn: args.clusterArn,
        namespace,
        serviceAccount: args.component,
        description: `Pods of ${namespace}/${args.component}: read their own secrets`,
        statements: readSecrets(args),
      },
      { parent: this },
    );
    this.serviceAccountName = args.component;
    this.registerOutputs({ serviceAccountName: this.serviceAccountName });
  }
}

function readSecrets({ account, secretArns, secretsKeyArn }: WorkloadIdentityArgs) {
  return [
    {
      Sid: "ReadOwnSecrets",
      Effect: "Allow" as const,
      Action: "secretsmanager:GetSecretValue",
      Resource: [...secretArns],
    },
    {
      Sid: "DecryptOwnSecrets",
      Effect: "Allow" as const,
      Action: "kms:Decrypt",
      Resource: secretsKeyArn,
      Condition: {
        StringEquals: {
          "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com`,
          // Secrets Manager names the secret in the encryption context: the key opens these, not its neighbours.
          "kms:EncryptionContext:SecretARN": [...secretArns],
        },
      },
    },
  ];
}
