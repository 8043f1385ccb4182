import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Switches network policies on: without this ConfigMap, EKS Auto Mode accepts them and enforces none.
 *
 * A ConfigMap and not a ConfigMapPatch: a new Auto Mode cluster has none that could be patched, and ours goes with the
 * stack. In a cluster that has one already the deployment stops with "already exists": import it
 * (`pulumi import kubernetes:core/v1:ConfigMap …`) or set PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true once.
 */
export function networkPolicySwitch(
  name: string,
  _args: Record<string, never>,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.ConfigMap {
  return new kubernetes.core.v1.ConfigMap(
    name,
    {
      metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
      data: { "enable-network-policy-controller": "true" },
    },
    opts,
  );
}
