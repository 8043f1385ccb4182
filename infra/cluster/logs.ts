import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { addon } from "./addon.ts";
import type { Cluster } from "./cluster.ts";
import { podIdentityTrust } from "./pod-identity.ts";

/** Where the CloudWatch add-on lives in the cluster. */
export const monitoringNamespace = "amazon-cloudwatch";
/** The ServiceAccount of its agent and of its log collector alike. */
const agent = "cloudwatch-agent";

export interface ClusterLogsArgs {
  /** Of the cluster: its version, and whether nodes, pods and containers are measured besides, billed by the observation. */
  settings: Environment["cluster"];
  /** Where it is deployed to. */
  account: Account;
  /** The cluster, and the nodes that the add-on's pods need to run. */
  cluster: Pick<Cluster, "clusterName" | "clusterArn" | "essentials">;
  /** KMS key of the log groups. */
  keyArn: pulumi.Input<string>;
}

/** The add-on refuses keys that it does not know, and `containerInsights` came with this version. */
const oldestWithSwitch = "6.2.0";

/** What the add-on writes besides the output of containers: that of nodes, of Kubernetes itself, and measurements. */
const kinds = ["host", "dataplane", "performance"];

/**
 * CloudWatch's add-on for EKS: brings what containers print to CloudWatch Logs, and the cluster's measurements to CloudWatch
 * where they are wanted.
 * Its log groups are made first, encrypted and with an end; the add-on's own would be neither.
 */
export class ClusterLogs extends pulumi.ComponentResource {
  /** Log group with what the API prints. */
  readonly applicationLogGroupName: pulumi.Output<string>;

  constructor(name: string, args: ClusterLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:ClusterLogs", name, {}, opts);
    const { settings, account, cluster } = args;
    const application = this.#group(name, "application", args);
    const others = kinds.map((kind) => this.#group(name, kind, args));
    const role = new aws.iam.Role(
      name,
      {
        description: "CloudWatch agent in the cluster: write logs and measurements",
        assumeRolePolicy: podIdentityTrust({
          clusterArn: cluster.clusterArn,
          namespace: monitoringNamespace,
          serviceAccount: agent,
        }),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicyAttachment(
      name,
      {
        role: role.name,
        policyArn: pulumi.interpolate`arn:${account.partition}:iam::aws:policy/CloudWatchAgentServerPolicy`,
      },
      { parent: this },
    );
    addon(
      name,
      {
        clusterName: cluster.clusterName,
        kubernetesVersion: settings.version,
        addonName: "amazon-cloudwatch-observability",
        minimumVersion: oldestWithSwitch,
        configuration: {
          containerLogs: { enabled: true },
          ...(settings.containerInsights ? {} : { containerInsights: { enabled: false } }),
          // Or it would put its own agent into the API's pods; traces are the API's affair (OTEL_ENABLED).
          manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
        },
        identity: { serviceAccount: agent, roleArn: role.arn },
      },
      // It makes missing log groups itself, and starts writing at once.
      { parent: this, dependsOn: [application, ...others, policy, ...cluster.essentials] },
    );
    this.applicationLogGroupName = application.name;
    this.registerOutputs({ applicationLogGroupName: this.applicationLogGroupName });
  }

  #group(name: string, kind: string, { settings, cluster, keyArn }: ClusterLogsArgs) {
    return new aws.cloudwatch.LogGroup(
      `${name}-${kind}`,
      {
        name: `/aws/containerinsights/${cluster.clusterName}/${kind}`,
        retentionInDays: settings.logRetentionDays,
        kmsKeyId: keyArn,
      },
      { parent: this },
    );
  }
}
