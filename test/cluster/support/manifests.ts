import { workerName } from "../../../infra/lib/kubernetes-names.ts";
import { manifestsIn } from "../../../scripts/plan/preview/manifests.ts";
import { planOf } from "../../infra/support/plan.ts";
import { type KubernetesObject, objectOf } from "./api.ts";

/** The environments' files name no image: the digest of zeros that stands there is refused. */
const released = { "bulwark:workload.imageDigest": `sha256:${"f".repeat(64)}` };

/** What an environment's program registers in Kubernetes, in the order in which Pulumi makes it. */
export async function manifestsOf(
  stack: string,
  config: Record<string, unknown> = {},
): Promise<KubernetesObject[]> {
  const { run } = await planOf(stack, { ...released, ...config });
  return manifestsIn(run).map((manifest) => objectOf(manifest));
}

/** The one object of a kind. */
export function one(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  // Of a kind that API and worker have both, the API's.
  const [found, ...more] = objects.filter(
    (object) => object.kind === kind && object.metadata.name !== workerName,
  );
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} objects of kind ${kind}`);
  return found;
}

/** A definition of a kind that the API server does not have by itself, as far as the tests use it. */
const definition = (
  group: string,
  version: string,
  names: Names,
  scope: string,
  properties: unknown,
  subresources: Record<string, unknown> = {},
) =>
  objectOf({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${names.plural}.${group}`,
      // Kubernetes asks for this where a group ends in k8s.io.
      annotations: { "api-approved.kubernetes.io": "unapproved, only for tests" },
    },
    spec: {
      group,
      names,
      scope,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources,
          schema: { openAPIV3Schema: { type: "object", properties } },
        },
      ],
    },
  });

interface Names {
  kind: string;
  plural: string;
}

const text = { type: "string" };
const texts = { type: "array", items: text };
const pairs = {
  type: "array",
  items: { type: "object", required: ["key", "value"], properties: { key: text, value: text } },
};
const number = { type: "integer" };
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/**
 * What EKS Auto Mode and the metrics server bring along. Auto Mode's with the fields that the EKS user guide names ("Create an
 * IngressClass to configure an Application Load Balancer", "Create a Node Class", "Static-Capacity Node Pools") as far as the
 * stack may use them, so that a misspelt one is refused.
 */
export const definitions: readonly KubernetesObject[] = [
  definition(
    "eks.amazonaws.com",
    "v1",
    { kind: "IngressClassParams", plural: "ingressclassparams" },
    "Cluster",
    {
      spec: {
        type: "object",
        properties: {
          scheme: { type: "string", enum: ["internet-facing", "internal"] },
          ipAddressType: { type: "string", enum: ["ipv4", "dualstack", "dualstack-without-public-ipv4"] },
          group: { type: "object", properties: { name: text } },
          namespaceSelector: {
            type: "object",
            properties: { matchLabels: { type: "object", additionalProperties: text } },
          },
          subnets: { type: "object", properties: { ids: texts } },
          certificateARNs: texts,
          loadBalancerAttributes: pairs,
          tags: pairs,
        },
      },
    },
  ),
  definition("eks.amazonaws.com", "v1", { kind: "NodeClass", plural: "nodeclasses" }, "Cluster", {
    spec: {
      type: "object",
      required: ["role", "subnetSelectorTerms", "securityGroupSelectorTerms"],
      properties: {
        role: text,
        subnetSelectorTerms: { type: "array", items: { type: "object", properties: { id: text } } },
        securityGroupSelectorTerms: { type: "array", items: { type: "object", properties: { id: text } } },
        networkPolicy: { type: "string", enum: ["DefaultAllow", "DefaultDeny"] },
        networkPolicyEventLogs: { type: "string", enum: ["Enabled", "Disabled"] },
        ephemeralStorage: {
          type: "object",
          properties: { size: text, iops: number, throughput: number, kmsKeyID: text },
        },
        tags: { type: "object", additionalProperties: text },
      },
    },
  }),
  definition(
    "karpenter.sh",
    "v1",
    { kind: "NodePool", plural: "nodepools" },
    "Cluster",
    {
      spec: {
        type: "object",
        required: ["template"],
        properties: {
          replicas: number,
          limits: { type: "object", additionalProperties: { "x-kubernetes-int-or-string": true } },
          template: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["nodeClassRef", "requirements"],
                properties: {
                  nodeClassRef: { type: "object", properties: { group: text, kind: text, name: text } },
                  requirements: {
                    type: "array",
                    items: { type: "object", properties: { key: text, operator: text, values: texts } },
                  },
                  expireAfter: text,
                  terminationGracePeriod: text,
                },
              },
            },
          },
        },
      },
      status: { type: "object", properties: { nodes: number } },
    },
    { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.nodes" } },
  ),
  definition(
    "networking.k8s.aws",
    "v1alpha1",
    { kind: "ApplicationNetworkPolicy", plural: "applicationnetworkpolicies" },
    "Namespaced",
    { spec: anything },
  ),
  definition("metrics.k8s.io", "v1beta1", { kind: "PodMetrics", plural: "pods" }, "Namespaced", {
    timestamp: text,
    window: text,
    containers: { type: "array", items: { type: "object", properties: { name: text, usage: anything } } },
  }),
];
