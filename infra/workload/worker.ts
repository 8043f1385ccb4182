import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../app/contract/endpoints.ts";
import type { Environment } from "../config/schema.ts";
import { labelsOf, namespace, selectorOf, workerName } from "../lib/kubernetes-names.ts";
import { labelValue, scraped } from "./deployment.ts";
import { containerEnvironment, type WorkerPodEnvironment } from "./environment.ts";
import { surge } from "./limits.ts";
import { hardenedContainer, hardenedPod, nodeOptions, resourcesOf } from "./pod-security.ts";
import { workerProbes } from "./probes.ts";
import { disruptionBudget } from "./scaling.ts";
import { podTiming } from "./timing.ts";

export interface WorkerArgs {
  /** `bulwark:workload` of the configuration. */
  settings: Environment["workload"];
  /** The image by digest. */
  image: pulumi.Input<string>;
  /** The container's environment variables. */
  environment: WorkerPodEnvironment;
  /** Who the pod is. */
  serviceAccountName: string;
  /** What has to stand before a pod runs: the migrated schema, identity, network policies, limits. */
  dependsOn: readonly pulumi.Resource[];
}

/**
 * The worker: what is done without a request. One replica, fixed: nobody waits for it, its own limits bound what it sends, and
 * what is due stands in the database until the next one has started.
 */
export class Worker extends pulumi.ComponentResource {
  constructor(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:Worker", name, {}, opts);
    new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata: { name: workerName, namespace, labels: labelsOf(workerName) },
        spec: deploymentSpec(args),
      },
      { parent: this, dependsOn: [...args.dependsOn] },
    );
    disruptionBudget(name, workerName, { parent: this });
    this.registerOutputs();
  }
}

const deploymentSpec = (args: WorkerArgs): kubernetes.types.input.apps.v1.DeploymentSpec => ({
  replicas: 1,
  revisionHistoryLimit: 5,
  minReadySeconds: 5,
  progressDeadlineSeconds: 600,
  // Two at a time do no harm: the database says who does what.
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: surge, maxUnavailable: 0 } },
  selector: { matchLabels: selectorOf(workerName) },
  template: {
    metadata: {
      labels: { ...labelsOf(workerName), "app.kubernetes.io/version": labelValue(args.settings.version) },
      annotations: scraped,
    },
    spec: podSpec(args),
  },
});

function podSpec(args: WorkerArgs): kubernetes.types.input.core.v1.PodSpec {
  // No load balancer has to hear of its end first.
  const { graceSeconds } = podTiming({ ...args.settings, drainSeconds: 0 });
  return {
    ...hardenedPod,
    serviceAccountName: args.serviceAccountName,
    terminationGracePeriodSeconds: graceSeconds,
    containers: [
      {
        ...hardenedContainer,
        ...workerProbes,
        name: workerName,
        image: args.image,
        command: ["node", ...nodeOptions(args.settings.memoryLimit), "worker.mjs"],
        ports: [{ name: "management", containerPort: ports.management, protocol: "TCP" }],
        env: containerEnvironment(args.environment),
        resources: resourcesOf(args.settings),
      },
    ],
  };
}
