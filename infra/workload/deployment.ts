import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { paths, ports } from "../../app/contract/endpoints.ts";
import type { Environment } from "../config/schema.ts";
import { apiName, labelsOf, namespace, selectorOf } from "../lib/kubernetes-names.ts";
import { type ApiPodEnvironment, containerEnvironment } from "./environment.ts";
import { surge } from "./limits.ts";
import { hardenedContainer, hardenedPod, nodeOptions, resourcesOf } from "./pod-security.ts";
import { apiProbes } from "./probes.ts";
import { type PodTiming, podTiming } from "./timing.ts";

export interface ApiArgs {
  /** `bulwark:workload` of the configuration. */
  settings: Environment["workload"];
  /** The image by digest. */
  image: pulumi.Input<string>;
  /** The container's environment variables. */
  environment: ApiPodEnvironment;
  /** Who the pods are. */
  serviceAccountName: string;
  /** What has to stand before a pod runs: the migrated schema, identity, network policies, limits. */
  dependsOn: readonly pulumi.Resource[];
}

/** The API: its replicas, and the Service through which the load balancer finds them. */
export class Api extends pulumi.ComponentResource {
  readonly deployment: kubernetes.apps.v1.Deployment;
  readonly service: kubernetes.core.v1.Service;

  constructor(name: string, args: ApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:Api", name, {}, opts);
    this.deployment = new kubernetes.apps.v1.Deployment(
      name,
      { metadata: metadata(), spec: deploymentSpec(args) },
      {
        parent: this,
        dependsOn: [...args.dependsOn],
        // The autoscaler's from the first moment on: an update must not take its replicas away. (kube-score sees the number
        // alone; without one, a new Deployment would start with a single replica.)
        ignoreChanges: ["spec.replicas"],
      },
    );
    this.service = new kubernetes.core.v1.Service(
      name,
      {
        metadata: metadata(),
        spec: {
          type: "ClusterIP",
          selector: selectorOf(apiName),
          // The management port is left out: /metrics and /status are not to be reached by way of a Service.
          ports: [{ name: "http", port: ports.http, targetPort: "http", protocol: "TCP" }],
        },
      },
      // It is found ready by its ready pods: there are none before the Deployment.
      { parent: this, dependsOn: [this.deployment] },
    );
    this.registerOutputs();
  }
}

/** By these Prometheus finds /metrics. */
export const scraped = {
  "prometheus.io/scrape": "true",
  "prometheus.io/port": String(ports.management),
  "prometheus.io/path": paths.metrics,
};

const metadata = () => ({ name: apiName, namespace, labels: labelsOf(apiName) });

function deploymentSpec(args: ApiArgs): kubernetes.types.input.apps.v1.DeploymentSpec {
  const { settings } = args;
  return {
    replicas: settings.replicas,
    revisionHistoryLimit: 5,
    minReadySeconds: 5,
    progressDeadlineSeconds: 600,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: surge, maxUnavailable: 0 } },
    selector: { matchLabels: selectorOf(apiName) },
    template: {
      metadata: {
        labels: { ...labelsOf(apiName), "app.kubernetes.io/version": labelValue(settings.version) },
        annotations: scraped,
      },
      spec: podSpec(args, podTiming(settings)),
    },
  };
}

/** No PriorityClass: beside the cluster's own add-ons, which have to come first, nothing runs that it could come before. */
function podSpec(args: ApiArgs, timing: PodTiming): kubernetes.types.input.core.v1.PodSpec {
  return {
    ...hardenedPod,
    serviceAccountName: args.serviceAccountName,
    terminationGracePeriodSeconds: timing.graceSeconds,
    affinity: { podAntiAffinity: apartByNode },
    topologySpreadConstraints: [spreadOverZones],
    containers: [
      {
        ...hardenedContainer,
        ...apiProbes,
        name: apiName,
        image: args.image,
        command: ["node", ...nodeOptions(args.settings.memoryLimit), "server.mjs"],
        ports: [
          { name: "http", containerPort: ports.http, protocol: "TCP" },
          { name: "management", containerPort: ports.management, protocol: "TCP" },
        ],
        env: containerEnvironment(args.environment),
        resources: resourcesOf(args.settings),
        // The load balancer hears of a pod's end at the same moment as the pod: it goes on serving until the news is out.
        // Kubernetes itself waits, so the image needs no shell.
        lifecycle:
          timing.drainSeconds > 0 ? { preStop: { sleep: { seconds: timing.drainSeconds } } } : undefined,
      },
    ],
  };
}

/** Replicas on nodes of their own where there are enough: one node's end is then one replica's. */
const apartByNode: kubernetes.types.input.core.v1.PodAntiAffinity = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: 100,
      podAffinityTerm: {
        labelSelector: { matchLabels: selectorOf(apiName) },
        topologyKey: "kubernetes.io/hostname",
      },
    },
  ],
};

/**
 * Evenly over the zones, each version by itself. Wished, not demanded: when a zone is lost, its replicas must be allowed
 * into the others.
 */
const spreadOverZones: kubernetes.types.input.core.v1.TopologySpreadConstraint = {
  maxSkew: 1,
  topologyKey: "topology.kubernetes.io/zone",
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: selectorOf(apiName) },
  matchLabelKeys: ["pod-template-hash"],
};

/** A version as a label may hold it. */
export const labelValue = (version: string): string =>
  version
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, "");
