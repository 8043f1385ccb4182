import { inject } from "vitest";
import { at } from "../../infra/support/plan.ts";
import { eventually } from "../../support/eventually.ts";
import { type Connection, KubernetesApi, type KubernetesObject } from "./api.ts";
import { manifestsOf, one } from "./manifests.ts";
import { type Nodes, startNodes } from "./nodes.ts";

declare module "vitest" {
  interface ProvidedContext {
    controlPlane: Connection;
  }
}

/** Longest that an installation or a removal may take on a busy machine, milliseconds. */
export const patience = 120_000;
export const zones = ["zone-a", "zone-b", "zone-c"] as const;

/** An environment's manifests, applied to the run's control plane, with nodes under them. */
export class InstalledEnvironment {
  readonly api: KubernetesApi;
  readonly nodes: Nodes;
  readonly manifests: readonly KubernetesObject[];
  /** What the API server had to say to them, each with the object it was said of. */
  readonly warnings: readonly string[];

  static async install(stack: string): Promise<InstalledEnvironment> {
    const api = new KubernetesApi(inject("controlPlane"));
    const nodes = await startNodes(api, zones);
    const manifests = await manifestsOf(stack);
    const warnings: string[] = [];
    for (const manifest of manifests) {
      const applied = await eventually(() => api.apply(manifest), 10_000);
      warnings.push(...applied.warnings.map((text) => `${manifest.kind} ${manifest.metadata.name}: ${text}`));
      // Pulumi waits for these, too, before it makes what depends on them.
      if (manifest.kind === "Job") await eventually(() => hasCondition(api, manifest, "Complete"), patience);
      if (manifest.kind === "ResourceQuota") await eventually(() => isCounted(api, manifest), patience);
    }
    return new InstalledEnvironment(api, nodes, manifests, warnings);
  }

  constructor(
    api: KubernetesApi,
    nodes: Nodes,
    manifests: readonly KubernetesObject[],
    warnings: readonly string[],
  ) {
    this.api = api;
    this.nodes = nodes;
    this.manifests = manifests;
    this.warnings = warnings;
  }

  /** The one manifest of a kind. */
  manifest(kind: string): KubernetesObject {
    return one(this.manifests, kind);
  }

  /** The object as it is now. */
  async current(kind: string): Promise<KubernetesObject> {
    return this.api.get(await this.api.pathOf(this.manifest(kind)));
  }

  /** The API's pods, those that are on their way out included. */
  pods(): Promise<KubernetesObject[]> {
    const query = "labelSelector=app.kubernetes.io%2Fcomponent%3Dapi";
    return this.api.list(`/api/v1/namespaces/bulwark/pods?${query}`, { apiVersion: "v1", kind: "Pod" });
  }

  /** Waits until the Deployment has rolled out `replicas`, all of the newest version and available. */
  async rolledOut(replicas: number): Promise<void> {
    await eventually(async () => {
      const { status, generation } = parts(await this.current("Deployment"));
      const wanted = {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
      };
      for (const [name, value] of Object.entries(wanted)) {
        if (at(status, name) !== value) throw new Error(`${name} is ${at(status, name)}, not ${value} yet`);
      }
    }, patience);
  }

  async #isEmpty(): Promise<void> {
    const left = await this.api.list("/api/v1/namespaces/bulwark/pods", { apiVersion: "v1", kind: "Pod" });
    if (left.length > 0) throw new Error(`${left.length} pods are still there`);
  }

  /** Takes everything away again: the next environment comes to an empty cluster. */
  async remove(): Promise<void> {
    this.nodes.behaviour.drained = true;
    // A test's own Jobs, too.
    const jobs = "/apis/batch/v1/namespaces/bulwark/jobs";
    await this.api.request("DELETE", jobs, { propagationPolicy: "Background" });
    for (const manifest of this.manifests.toReversed()) {
      // A namespace with pods in it is looked at again only after as long as they may take to end.
      if (manifest.kind === "Namespace") await eventually(() => this.#isEmpty(), patience);
      await this.api.delete(manifest);
    }
    const namespace = this.manifest("Namespace");
    await eventually(() => isGone(this.api, namespace), patience);
    await this.nodes.stop();
    await this.api.close();
  }
}

const parts = (object: KubernetesObject) => ({
  status: at(object, "status"),
  generation: at(object, "metadata.generation"),
});

async function hasCondition(api: KubernetesApi, manifest: KubernetesObject, type: string): Promise<void> {
  const conditions = at(await api.get(await api.pathOf(manifest)), "status.conditions");
  const met =
    Array.isArray(conditions) && conditions.some((one) => one.type === type && one.status === "True");
  if (!met) throw new Error(`${manifest.kind} is not ${type}: ${JSON.stringify(conditions)}`);
}

/** A quota counts only from when its controller has seen it. */
async function isCounted(api: KubernetesApi, manifest: KubernetesObject): Promise<void> {
  const current = await api.get(await api.pathOf(manifest));
  if (at(current, "status.hard.pods") === undefined) throw new Error("the quota is not counted yet");
}

async function isGone(api: KubernetesApi, manifest: KubernetesObject): Promise<void> {
  const path = await api.pathOf(manifest);
  const found = await api.get(path).catch(() => undefined);
  if (found !== undefined)
    throw new Error(`${manifest.kind} is still there: ${JSON.stringify(at(found, "status"))}`);
}
