import type { Shape, Shaper } from "./shapes.ts";

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};

/** Characters that a password may have and that need no quoting anywhere. */
const password = (shape: Shape): string => shape.hex(shape.number("length") ?? 32);

/** Types of the `random` provider. */
export const randomShapes: Record<string, Shaper> = {
  "random:index/randomPassword:RandomPassword": (shape) => ({
    id: "none",
    result: password(shape),
    bcryptHash: `$2a$10$${shape.hex(53)}`,
  }),
  "random:index/randomId:RandomId": (shape) => {
    const hex = shape.hex((shape.number("byteLength") ?? 8) * 2);
    const bytes = Buffer.from(hex, "hex");
    return {
      id: bytes.toString("base64url"),
      hex,
      b64Std: bytes.toString("base64"),
      b64Url: bytes.toString("base64url"),
      dec: BigInt(`0x${hex}`).toString(),
    };
  },
};

/** A Kubernetes object: the metadata that the API server fills in, and the status that others wait for. */
export const kubernetesObject: Shaper = (shape) => {
  const given = recordOf(shape.inputs.metadata);
  const name = typeof given.name === "string" ? given.name : `${shape.request.name}-${shape.hex(8)}`;
  const clusterWide = clusterWideKinds.has(kindOf(shape));
  const namespace = clusterWide ? undefined : (given.namespace ?? "default");
  return {
    id: namespace === undefined ? name : `${String(namespace)}/${name}`,
    metadata: {
      ...given,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: shape.uuid(),
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    ...statusOf(shape),
  };
};

const clusterWideKinds = new Set([
  "Namespace",
  "IngressClass",
  "IngressClassParams",
  "ClusterRole",
  "ClusterRoleBinding",
  "StorageClass",
  "NodeClass",
  "NodePool",
  "PriorityClass",
  "CustomResourceDefinition",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
]);
const kindOf = (shape: Shape) => shape.request.type.split(":").at(-1) ?? "";

function statusOf(shape: Shape): Record<string, unknown> {
  const host = `k8s-${shape.request.name}-${shape.hex(10)}-${shape.digits(10)}.${shape.region}.elb.amazonaws.com`;
  switch (kindOf(shape)) {
    case "Ingress":
      return { status: { loadBalancer: { ingress: [{ hostname: host }] } } };
    case "Service":
      return {
        spec: { ...recordOf(shape.inputs.spec), clusterIP: "172.20.0.10" },
        status: { loadBalancer: {} },
      };
    case "Job":
      return { status: { succeeded: 1, conditions: [{ type: "Complete", status: "True" }] } };
    default:
      return {};
  }
}
