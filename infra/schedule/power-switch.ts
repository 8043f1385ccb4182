import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PowerEnv } from "../functions/power/env.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { apiName, namespace, nodePoolName, sharedLabels } from "../lib/kubernetes-names.ts";
import { type Destination, type FunctionSetting, VpcFunction } from "../lib/vpc-function.ts";

/** The cluster whose nodes are switched on and off. */
interface ScaledCluster {
  /** Name of the cluster. */
  clusterName: string;
  /** URL of the Kubernetes API. */
  endpoint: pulumi.Input<string>;
  /** The PEM in base64 that its certificate is checked with. */
  certificateAuthority: pulumi.Input<string>;
  /** The security group that the control plane's interfaces carry. */
  securityGroupId: pulumi.Input<string>;
  /** Talks to the cluster. */
  provider: kubernetes.Provider;
}

export interface PowerSwitchArgs {
  /** How the function stands in the network and the account. */
  functions: FunctionSetting;
  /** The cluster that the workload and its nodes are in. */
  cluster: ScaledCluster;
  /** Replicas of the API while the environment is on. */
  replicas: number;
  /** Nodes while the environment is on. */
  nodes: number;
  /** What it switches. */
  dependsOn: readonly pulumi.Resource[];
}

/** Who the function is in Kubernetes. */
const group = "bulwark:power";

/**
 * A Lambda function that scales the API and its node pool to nothing and back. In Kubernetes it may do exactly that: read and
 * set the scale of one Deployment and one node pool, by name.
 */
export class PowerSwitch extends pulumi.ComponentResource {
  readonly functionArn: pulumi.Output<string>;
  readonly functionName: string;

  constructor(name: string, args: PowerSwitchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:schedule:PowerSwitch", name, {}, opts);
    const { cluster } = args;
    const lambda = new VpcFunction(
      name,
      {
        ...args.functions,
        code: "power",
        description: "Lets the workload and its nodes sleep, and wakes them",
        environment: environmentOf(args),
        // Who it is, is all that AWS has to know: the rest is Kubernetes' own.
        statements: [],
        destinations: [this.#controlPlane(name, cluster)],
        timeoutSeconds: 60,
      },
      { parent: this },
    );
    const entry = new aws.eks.AccessEntry(
      name,
      {
        clusterName: cluster.clusterName,
        principalArn: lambda.roleArn,
        type: "STANDARD",
        kubernetesGroups: [group],
      },
      // The name is plain text: nothing else here says that there has to be a cluster first.
      { parent: this, dependsOn: [cluster.provider] },
    );
    const rights = [...this.#mayScaleWorkload(name, args), ...this.#mayScaleNodes(name, args)];
    this.functionArn = dependingOn(lambda.functionArn, [entry, ...rights]);
    this.functionName = lambda.functionName;
    this.registerOutputs({ functionArn: this.functionArn, functionName: this.functionName });
  }

  /** The private endpoint: its interfaces carry the cluster's own group. */
  #controlPlane(name: string, { securityGroupId }: PowerSwitchArgs["cluster"]): Destination {
    return {
      what: "kubernetes",
      securityGroupId,
      port: 443,
      admit: (_who, functionGroupId) =>
        new aws.vpc.SecurityGroupIngressRule(
          `${name}-to-cluster`,
          {
            securityGroupId,
            referencedSecurityGroupId: functionGroupId,
            description: "Kubernetes API from the power switch",
            ipProtocol: "tcp",
            fromPort: 443,
            toPort: 443,
          },
          { parent: this },
        ),
    };
  }

  #mayScaleWorkload(name: string, { cluster, dependsOn }: PowerSwitchArgs): pulumi.Resource[] {
    const opts = { parent: this, provider: cluster.provider, dependsOn: [...dependsOn] };
    const metadata = { name: "power", namespace, labels: sharedLabels };
    const role = new kubernetes.rbac.v1.Role(
      name,
      { metadata, rules: [scaleOf("apps", "deployments", apiName)] },
      opts,
    );
    return [
      new kubernetes.rbac.v1.RoleBinding(
        name,
        { metadata, roleRef: roleRef("Role", role.metadata.name), subjects: [subject] },
        opts,
      ),
    ];
  }

  #mayScaleNodes(name: string, { cluster }: PowerSwitchArgs): pulumi.Resource[] {
    const opts = { parent: this, provider: cluster.provider };
    const metadata = { name: "bulwark-power", labels: sharedLabels };
    const role = new kubernetes.rbac.v1.ClusterRole(
      name,
      { metadata, rules: [scaleOf("karpenter.sh", "nodepools", nodePoolName)] },
      opts,
    );
    return [
      new kubernetes.rbac.v1.ClusterRoleBinding(
        name,
        { metadata, roleRef: roleRef("ClusterRole", role.metadata.name), subjects: [subject] },
        opts,
      ),
    ];
  }
}

const scaleOf = (apiGroup: string, resource: string, name: string) => ({
  apiGroups: [apiGroup],
  resources: [`${resource}/scale`],
  resourceNames: [name],
  verbs: ["get", "patch"],
});

const roleRef = (kind: string, name: pulumi.Input<string>) => ({
  apiGroup: "rbac.authorization.k8s.io",
  kind,
  name,
});

const subject = { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group };

function environmentOf({ cluster, replicas, nodes }: PowerSwitchArgs) {
  return {
    CLUSTER_NAME: cluster.clusterName,
    CLUSTER_ENDPOINT: cluster.endpoint,
    CLUSTER_CA: cluster.certificateAuthority,
    NAMESPACE: namespace,
    DEPLOYMENT: apiName,
    REPLICAS: String(replicas),
    NODE_POOL: nodePoolName,
    NODES: String(nodes),
  } satisfies { [Name in keyof PowerEnv]: pulumi.Input<string> };
}
