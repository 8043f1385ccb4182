import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { apiName, labelsOf, namespace, selectorOf } from "../lib/kubernetes-names.ts";
import { timesCpu } from "../lib/quantity.ts";

export interface ScalingArgs {
  /** `bulwark:workload` of the configuration. */
  settings: Environment["workload"];
  /** What is scaled. */
  deployment: kubernetes.apps.v1.Deployment;
}

/**
 * How many replicas there are: the autoscaler's answer to load, and the bound on what maintenance may take away. By CPU alone:
 * requests in flight would say it sooner, but Kubernetes learns of them only from an adapter, one more thing to run.
 */
export class Scaling extends pulumi.ComponentResource {
  constructor(name: string, args: ScalingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:Scaling", name, {}, opts);
    const metadata = { name: apiName, namespace, labels: labelsOf(apiName) };
    new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
      name,
      { metadata, spec: autoscalerSpec(args) },
      { parent: this },
    );
    disruptionBudget(name, apiName, { parent: this });
    this.registerOutputs();
  }
}

/** How many pods of a component maintenance may take at a time. */
export const disruptionBudget = (name: string, component: string, opts: pulumi.CustomResourceOptions) =>
  new kubernetes.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: { name: component, namespace, labels: labelsOf(component) },
      spec: {
        // One at a time, never none: a budget that forbids every eviction would keep nodes from being replaced.
        maxUnavailable: 1,
        selector: { matchLabels: selectorOf(component) },
        // A pod that serves nobody may always go.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
    opts,
  );

function autoscalerSpec({ settings, deployment }: ScalingArgs) {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
    minReplicas: settings.replicas,
    maxReplicas: settings.maxReplicas,
    metrics: [
      {
        type: "Resource",
        resource: {
          name: "cpu",
          // Half of what a pod may use: the other half carries the load until a new pod serves.
          target: { type: "AverageValue", averageValue: timesCpu(settings.cpuLimit, 0.5) },
        },
      },
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [
          { type: "Percent", value: 100, periodSeconds: 30 },
          { type: "Pods", value: 2, periodSeconds: 30 },
        ],
      },
      // Slowly down again: a lull of a minute is no reason to drain.
      scaleDown: {
        stabilizationWindowSeconds: 300,
        policies: [{ type: "Percent", value: 25, periodSeconds: 60 }],
      },
    },
  } satisfies kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec;
}
