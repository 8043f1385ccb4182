import { manifestsIn } from "../../../scripts/preview/manifests.ts";
import { planOf } from "../../infra/support/plan.ts";
import { type KubernetesObject, objectOf } from "./api.ts";

/** What an environment's program registers in Kubernetes, in the order in which Pulumi makes it. */
export async function manifestsOf(
  stack: string,
  config: Record<string, unknown> = {},
): Promise<KubernetesObject[]> {
  const { run } = await planOf(stack, config);
  return manifestsIn(run).map((manifest) => objectOf(manifest));
}

/** The one object of a kind. */
export function one(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const [found, ...more] = objects.filter((object) => object.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} objects of kind ${kind}`);
  return found;
}

/** A definition of a kind that the API server does not have by itself, as far as the tests use it. */
const definition = (group: string, version: string, names: Names, scope: string, properties: unknown) =>
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
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/**
 * What EKS Auto Mode and the metrics server bring along. The first with the fields that the EKS user guide names ("Create an
 * IngressClass to configure an Application Load Balancer"), so that a misspelt one is refused.
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
  definition("metrics.k8s.io", "v1beta1", { kind: "PodMetrics", plural: "pods" }, "Namespaced", {
    timestamp: text,
    window: text,
    containers: { type: "array", items: { type: "object", properties: { name: text, usage: anything } } },
  }),
];
