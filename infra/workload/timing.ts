import { apiEnv } from "../../app/contract/env.ts";
import type { Environment } from "../config/schema.ts";

/** How long the parts of a pod's end take. */
export interface PodTiming {
  /** Between leaving the load balancer and SIGTERM: new requests stop coming meanwhile. */
  drainSeconds: number;
  /** Between SIGTERM and the API's own forced exit. */
  shutdownSeconds: number;
  /** Until Kubernetes kills the pod: longer than both together, so that it never has to. */
  graceSeconds: number;
}

/** For the node's own delays: noticing the deletion, tearing the container down. */
const marginSeconds = 10;

/** A pod's end as the configuration has it: the drain, and how long the API gives itself to shut down. */
export function podTiming({ drainSeconds, env }: Environment["workload"]): PodTiming {
  const milliseconds = apiEnv.shape.SHUTDOWN_TIMEOUT_MS.parse(env.SHUTDOWN_TIMEOUT_MS);
  const shutdownSeconds = Math.ceil(milliseconds / 1_000);
  return { drainSeconds, shutdownSeconds, graceSeconds: drainSeconds + shutdownSeconds + marginSeconds };
}
