import { Shape, type Shaper } from "./shapes.ts";
import { computeShapes } from "./shapes-compute.ts";
import { dataShapes } from "./shapes-data.ts";
import { edgeShapes } from "./shapes-edge.ts";
import { networkShapes } from "./shapes-network.ts";
import { kubernetesObject, randomShapes } from "./shapes-other.ts";
import type { ResourceRequest, ResourceResult } from "./types.ts";

const shapers: Record<string, Shaper> = {
  ...networkShapes,
  ...dataShapes,
  ...computeShapes,
  ...edgeShapes,
  ...randomShapes,
};

/**
 * Makes up what a resource would come out with: its inputs, and outputs in the shape of AWS's (ARNs of account
 * 123456789012 in the stack's region, ids, host names). A resource the program reads keeps the id it asked for.
 */
export function shapedResource(request: ResourceRequest): ResourceResult {
  if (!request.custom) return { state: {} };
  const shape = new Shape(request);
  const { id, ...outputs } = (shapers[request.type] ?? fallback(request.type))(shape);
  const tags = request.inputs.tags;
  return {
    id: request.id ?? id,
    state: { ...request.inputs, ...(tags === undefined ? {} : { tagsAll: tags }), ...outputs },
  };
}

/** A type without a shape of its own: a provider, a Kubernetes object, or an AWS resource with a name and an ARN. */
function fallback(type: string): Shaper {
  if (type.startsWith("pulumi:providers:")) return (shape) => ({ id: shape.uuid() });
  if (type.startsWith("kubernetes:")) return kubernetesObject;
  return (shape) => {
    const [, service = "aws", kind = "resource"] = /^[^:]+:([^/:]+)[^:]*:(.+)$/.exec(type) ?? [];
    const name = shape.named();
    return { id: name, arn: shape.arn(service, `${kind.toLowerCase()}/${name}`) };
  };
}
