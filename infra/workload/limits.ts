import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { namespace, sharedLabels } from "../lib/kubernetes-names.ts";
import { timesCpu, timesMemory } from "../lib/quantity.ts";
import { resourcesOf } from "./pod-security.ts";

export interface LimitsArgs {
  /** `bulwark:workload` of the configuration. */
  settings: Environment["workload"];
}

/** Migrations Jobs at a time: the new one, and the one before it until it is deleted. */
const jobs = 2;
/** Pods above the number of replicas that a rollout may add. */
export const surge = 1;

/** The worker and its successor, or the one that drains. */
const workers = 2;

/**
 * Pods that the namespace may hold: all replicas, and as many again that are still draining (a pod on its way out counts
 * until it is gone, and a rollout at full scale leaves them faster than they drain), the rollout's own, the workers and the Jobs'.
 */
const mostPods = (maxReplicas: number): number => 2 * maxReplicas + surge + workers + jobs;

/** Bounds of the namespace as a whole, and of each container in it. */
export const makeLimits = (
  name: string,
  { settings }: LimitsArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] => [quota(name, settings, opts), limitRange(name, settings, opts)];

function quota(name: string, settings: Environment["workload"], opts: pulumi.CustomResourceOptions) {
  const pods = mostPods(settings.maxReplicas);
  const { requests, limits } = resourcesOf(settings);
  return new kubernetes.core.v1.ResourceQuota(
    name,
    {
      metadata: { name: "bulwark", namespace, labels: sharedLabels },
      spec: {
        hard: {
          pods: String(pods),
          "requests.cpu": timesCpu(requests.cpu, pods),
          "requests.memory": timesMemory(requests.memory, pods),
          "requests.ephemeral-storage": timesMemory(requests["ephemeral-storage"], pods),
          "limits.cpu": timesCpu(limits.cpu, pods),
          "limits.memory": timesMemory(limits.memory, pods),
          "limits.ephemeral-storage": timesMemory(limits["ephemeral-storage"], pods),
          // What this workload never has: data lie in the database, secrets in Secrets Manager.
          persistentvolumeclaims: "0",
          "count/secrets": "0",
          // A further budget over the same pods makes every eviction fail; a second Ingress is a second load balancer.
          "count/poddisruptionbudgets.policy": "2",
          "count/ingresses.networking.k8s.io": "1",
        },
      },
    },
    opts,
  );
}

function limitRange(name: string, settings: Environment["workload"], opts: pulumi.CustomResourceOptions) {
  const { requests, limits } = resourcesOf(settings);
  return new kubernetes.core.v1.LimitRange(
    name,
    {
      metadata: { name: "bulwark", namespace, labels: sharedLabels },
      spec: { limits: [{ type: "Container", default: limits, defaultRequest: requests, max: limits }] },
    },
    opts,
  );
}
