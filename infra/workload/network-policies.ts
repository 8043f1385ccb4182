import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../app/contract/endpoints.ts";
import {
  apiName,
  labelsOf,
  migrationsName,
  namespace,
  selectorOf,
  sharedLabels,
  workerName,
} from "../lib/kubernetes-names.ts";
import { networkPolicyNames } from "./admission-objects.ts";
import { toDns, toInternet, toIsolated, toPodIdentity, toUrl } from "./egress.ts";

export interface NetworkPoliciesArgs {
  /** Where the load balancer stands: the only way to the API's public port. */
  publicSubnetCidrs: readonly string[];
  /** Where database, cache and AWS's interface endpoints stand. */
  isolatedSubnetCidrs: readonly string[];
  /** Address of the cluster's DNS. */
  dnsAddress: string;
  /** TCP port of the database. */
  databasePort: pulumi.Input<number>;
  /** TCP port of the cache. */
  cachePort: pulumi.Input<number>;
  /** Namespace of the collector that reads the API's metrics. */
  monitoringNamespace: string;
  /** URLs that API and worker send traces and errors to, if any. */
  collectors: readonly string[];
  /** The namespace, and the switch without which nothing here is enforced. */
  dependsOn: readonly pulumi.Resource[];
}

type Spec = kubernetes.types.input.networking.v1.NetworkPolicySpec;

/**
 * Who may talk to whom: nobody to nobody, then exactly what API, worker and migrations need.
 *
 * Only in this namespace. In kube-system and amazon-cloudwatch run AWS's own add-ons (the metrics server; CloudWatch's agent,
 * collector and operator), under no policy: their ports and destinations change with their versions, which follow AWS; the
 * control plane calls them from the very subnets that pods have their addresses in, so no policy can tell the two apart; and
 * what runs on the node's network is under no policy anyway. DNS, proxy and CNI are no pods in Auto Mode. These pods could
 * reach the database's port, but they hold no password. https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:NetworkPolicies", name, {}, opts);
    const policy = (suffix: string, labels: Record<string, string>, spec: Spec) =>
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-${suffix}`,
        { metadata: { name: suffix, namespace, labels }, spec },
        { parent: this, dependsOn: [...args.dependsOn] },
      );
    policy(networkPolicyNames.deny, sharedLabels, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    policy(networkPolicyNames.api, labelsOf(apiName), apiRules(args));
    policy(networkPolicyNames.worker, labelsOf(workerName), workerRules(args));
    policy(networkPolicyNames.migrations, labelsOf(migrationsName), migrationRules(args));
    this.registerOutputs();
  }
}

/** The kubelet's probes need no rule: a node always reaches its own pods. */
const apiRules = (args: NetworkPoliciesArgs): Spec => ({
  podSelector: { matchLabels: selectorOf(apiName) },
  policyTypes: ["Ingress", "Egress"],
  ingress: [
    {
      from: args.publicSubnetCidrs.map((cidr) => ({ ipBlock: { cidr } })),
      ports: [{ protocol: "TCP", port: ports.http }],
    },
    fromMonitoring(args),
  ],
  egress: toStack(args),
});

/** Nobody calls it. It sends SMS by Twilio and webhooks to customers. */
const workerRules = (args: NetworkPoliciesArgs): Spec => ({
  podSelector: { matchLabels: selectorOf(workerName) },
  policyTypes: ["Ingress", "Egress"],
  ingress: [fromMonitoring(args)],
  egress: [...toStack(args), toInternet],
});

const fromMonitoring = ({ monitoringNamespace }: NetworkPoliciesArgs) => ({
  from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": monitoringNamespace } } }],
  ports: [{ protocol: "TCP", port: ports.management }],
});

/** What API and worker need of the rest of the stack. */
const toStack = (args: NetworkPoliciesArgs) => [
  ...toAws(args),
  toIsolated(args.isolatedSubnetCidrs, args.databasePort),
  toIsolated(args.isolatedSubnetCidrs, args.cachePort),
  ...args.collectors.map(toUrl),
];

const migrationRules = (args: NetworkPoliciesArgs): Spec => ({
  podSelector: { matchLabels: selectorOf(migrationsName) },
  policyTypes: ["Ingress", "Egress"],
  egress: [...toAws(args), toIsolated(args.isolatedSubnetCidrs, args.databasePort)],
});

/** What it takes to read a secret: a name, credentials, and Secrets Manager at its endpoint in the VPC. */
const toAws = ({ dnsAddress, isolatedSubnetCidrs }: NetworkPoliciesArgs) => [
  toDns(dnsAddress),
  toPodIdentity,
  toIsolated(isolatedSubnetCidrs, 443),
];
