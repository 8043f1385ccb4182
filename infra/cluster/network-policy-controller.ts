import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Switches network policies on: without this ConfigMap, EKS Auto Mode accepts them and enforces none.
 *
 * A ConfigMap and not a ConfigMapPatch: a new cluster has none to patch. It is applied on the server's side, so that in a
 * cluster which has one already, only this key becomes ours.
 */
export function enableNetworkPolicies(
  name: string,
  provider: kubernetes.Provider,
  parent: pulumi.Resource,
): kubernetes.core.v1.ConfigMap {
  return new kubernetes.core.v1.ConfigMap(
    name,
    {
      metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
      data: { "enable-network-policy-controller": "true" },
    },
    { parent, provider },
  );
}
