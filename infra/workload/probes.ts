import type { types } from "@pulumi/kubernetes";
import { paths } from "../../app/contract/endpoints.ts";

const get = (path: string, port: string) => ({ httpGet: { path, port } });

/**
 * Started: up to a minute. Alive: restarted after half a minute without any answer. Ready: the answer waits up to 5 s for
 * database and cache, so the probe waits longer; two failures take the pod out.
 */
const probesAt = (port: string) =>
  ({
    startupProbe: { ...get(paths.startup, port), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
    livenessProbe: { ...get(paths.live, port), periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
    readinessProbe: { ...get(paths.ready, port), periodSeconds: 10, timeoutSeconds: 6, failureThreshold: 2 },
  }) satisfies Partial<types.input.core.v1.Container>;

export const apiProbes = probesAt("http");
/** The worker serves nobody else. */
export const workerProbes = probesAt("management");
