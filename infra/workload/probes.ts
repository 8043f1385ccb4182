import type { types } from "@pulumi/kubernetes";
import { paths } from "../../app/contract/endpoints.ts";

const get = (path: string) => ({ httpGet: { path, port: "http" } });

/**
 * Started: up to a minute. Alive: restarted after half a minute without any answer. Ready: the answer waits up to 5 s for
 * database and cache, so the probe waits longer; two failures take the pod out.
 */
export const apiProbes = {
  startupProbe: { ...get(paths.startup), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
  livenessProbe: { ...get(paths.live), periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
  readinessProbe: { ...get(paths.ready), periodSeconds: 10, timeoutSeconds: 6, failureThreshold: 2 },
} satisfies Partial<types.input.core.v1.Container>;
