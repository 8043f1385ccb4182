import * as z from "zod";
import { integer } from "../shared/environment.ts";

/**
 * Environment of the function that switches an environment's workload and nodes off and on.
 *
 * It calls no AWS action: it signs its proof of identity for EKS locally. Kubernetes rights: the scale
 * of one Deployment and of one node pool. Network: the cluster's private endpoint.
 */
export const powerEnv = z.object({
  CLUSTER_NAME: z.string().min(1),
  CLUSTER_ENDPOINT: z.url({ protocol: /^https$/ }),
  /** The cluster's certificate authority, PEM in base64 as EKS reports it. */
  CLUSTER_CA: z.base64().min(1),
  NAMESPACE: z.string().min(1),
  DEPLOYMENT: z.string().min(1),
  /** Replicas in on hours. */
  REPLICAS: integer(1, 100),
  NODE_POOL: z.string().min(1),
  /** Nodes in on hours. */
  NODES: integer(1, 100),
  /** Set by Lambda. */
  AWS_REGION: z.string().min(1),
});
export type PowerSettings = z.output<typeof powerEnv>;
/** The variables as infra sets them: strings. */
export type PowerEnv = Omit<z.input<typeof powerEnv>, "AWS_REGION">;
