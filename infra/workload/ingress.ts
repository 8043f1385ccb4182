import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { apiName, labelsOf, namespace, sharedLabels } from "../lib/kubernetes-names.ts";
import { ingressAnnotations, loadBalancerAttributes } from "./load-balancer.ts";

export interface IngressArgs {
  /** Name of the cluster. */
  clusterName: pulumi.Input<string>;
  /** What requests are passed on to. */
  service: kubernetes.core.v1.Service;
  /** Where the load balancer stands, one subnet a zone. */
  publicSubnetIds: readonly pulumi.Input<string>[];
  /** Host name that the API answers to, and its certificate. Default: plain HTTP for any name, for a first try. */
  host?: {
    /** Host name. */
    domain: string;
    /** Of the issued certificate. */
    certificateArn: pulumi.Input<string>;
  };
  /** Firewall in front of the load balancer. */
  webAclArn: pulumi.Input<string>;
  /** Name of the bucket of the access logs. */
  accessLogBucket: pulumi.Input<string>;
  /** Whether load balancer and Ingress refuse to be deleted. */
  deletionProtection: boolean;
  /** Seconds that a pod goes on serving after it has left the load balancer. */
  drainSeconds: number;
  /** On the load balancer and all that belongs to it. */
  tags: Readonly<Record<string, string>>;
  /** What the load balancer uses the moment it is made: the permission to log. */
  dependsOn: readonly pulumi.Resource[];
}

/** The load balancer as others need it: alarms by `arnSuffix`, DNS by `dnsName` and `zoneId`. */
export type LoadBalancer = pulumi.Output<aws.lb.GetLoadBalancerResult>;

/**
 * The way in from the internet: an Application Load Balancer that EKS Auto Mode makes and keeps as these objects say.
 * It passes on requests for the API's host name and answers 404 to everything else.
 */
export class Ingress extends pulumi.ComponentResource {
  readonly loadBalancer: LoadBalancer;

  constructor(name: string, args: IngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:Ingress", name, {}, opts);
    const ingressClass = this.#ingressClass(name, this.#parameters(name, args));
    const ingress = new kubernetes.networking.v1.Ingress(
      name,
      {
        metadata: {
          name: apiName,
          namespace,
          labels: labelsOf(apiName),
          annotations: ingressAnnotations({
            webAclArn: args.webAclArn,
            https: args.host !== undefined,
            drainSeconds: args.drainSeconds,
          }),
        },
        spec: { ingressClassName: ingressClass.metadata.name, rules: [this.#rule(args)] },
      },
      // Kubernetes would take it, and the load balancer would fail to follow. What it stands on (Service, Deployment, cluster) the
      // engine then leaves alone as well.
      { parent: this, dependsOn: [...args.dependsOn], protect: args.deletionProtection },
    );
    this.loadBalancer = findLoadBalancer(args.clusterName, ingress, this);
    this.registerOutputs({ loadBalancerArn: this.loadBalancer.arn, dnsName: this.loadBalancer.dnsName });
  }

  #parameters(name: string, args: IngressArgs) {
    return new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: "eks.amazonaws.com/v1",
        kind: "IngressClassParams",
        metadata: { name: namespace, labels: sharedLabels },
        spec: {
          scheme: "internet-facing",
          ipAddressType: "ipv4",
          // An Ingress of another namespace gets no load balancer of this class.
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          subnets: { ids: [...args.publicSubnetIds] },
          ...(args.host ? { certificateARNs: [args.host.certificateArn] } : {}),
          loadBalancerAttributes: loadBalancerAttributes(args),
          tags: Object.entries(args.tags).map(([key, value]) => ({ key, value })),
        },
      },
      { parent: this },
    );
  }

  #ingressClass(name: string, parameters: kubernetes.apiextensions.CustomResource) {
    return new kubernetes.networking.v1.IngressClass(
      name,
      {
        metadata: { name: namespace, labels: sharedLabels },
        spec: {
          controller: "eks.amazonaws.com/alb",
          parameters: {
            apiGroup: "eks.amazonaws.com",
            kind: "IngressClassParams",
            name: parameters.metadata.name,
          },
        },
      },
      { parent: this },
    );
  }

  #rule({ host, service }: IngressArgs): kubernetes.types.input.networking.v1.IngressRule {
    const backend = { service: { name: service.metadata.name, port: { name: "http" } } };
    return {
      ...(host ? { host: host.domain } : {}),
      http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
    };
  }
}

/** Asks AWS for the load balancer that the controller made, by the tags it always puts on: its name is its own affair. */
function findLoadBalancer(
  clusterName: pulumi.Input<string>,
  ingress: kubernetes.networking.v1.Ingress,
  parent: pulumi.Resource,
): LoadBalancer {
  return aws.lb.getLoadBalancerOutput(
    {
      tags: {
        "eks:eks-cluster-name": clusterName,
        "ingress.eks.amazonaws.com/resource": "LoadBalancer",
        "ingress.eks.amazonaws.com/stack": `${namespace}/${apiName}`,
      },
    },
    { parent, dependsOn: [ingress] },
  );
}
