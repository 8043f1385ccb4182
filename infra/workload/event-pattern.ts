import type { LogEvent } from "../../app/contract/log-events.ts";
import { namespace } from "../lib/kubernetes-names.ts";

/**
 * The CloudWatch filter for an event of the API's. The add-on's collector puts a line that is JSON under `log_processed`,
 * beside what Kubernetes knows of the pod.
 */
export function eventPattern({ type, event }: LogEvent): string {
  const terms = {
    // Other namespaces may print alike.
    "$.kubernetes.namespace_name": namespace,
    "$.log_processed.type": type,
    "$.log_processed.event": event,
  };
  return `{ ${Object.entries(terms)
    .map(([path, value]) => `(${path} = "${value}")`)
    .join(" && ")} }`;
}
