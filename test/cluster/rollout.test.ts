import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrationFailed } from "../../app/contract/exit-codes.ts";
import { at } from "../infra/support/plan.ts";
import { eventually } from "../support/eventually.ts";
import { type KubernetesObject, objectOf } from "./support/api.ts";
import { InstalledEnvironment, patience, zones } from "./support/cluster.ts";
import { manifestsOf, one } from "./support/manifests.ts";

/** Longest for what has steps that take their time by themselves, milliseconds. */
const rolloutPatience = 240_000;

let production: InstalledEnvironment;
let staging: InstalledEnvironment;

/** As Pulumi applies a Deployment whose replicas are the autoscaler's (`ignoreChanges`): without them. */
function update(manifest: KubernetesObject): KubernetesObject {
  const { replicas: _, ...spec } = Object(at(manifest, "spec"));
  return { ...manifest, spec };
}

describe("S9 production's replicas", () => {
  beforeAll(async () => {
    production = await InstalledEnvironment.install("production");
    await production.rolledOut(3);
  }, patience);
  afterAll(() => production.remove(), patience);

  it("S9 stand in a zone each", async () => {
    const nodes = (await production.pods()).map((pod) => at(pod, "spec.nodeName"));
    expect(nodes.sort()).toEqual(zones.map((zone) => `node-${zone}`));
  });

  it(
    "S9 are never fewer than configured while a new image rolls out",
    async () => {
      const digest = `sha256:${"b".repeat(64)}`;
      const released = await manifestsOf("production", { "bulwark:workload.imageDigest": digest });
      for (const kind of ["Job", "Deployment"]) await production.api.apply(one(released, kind));
      const available: number[] = [];
      await eventually(async () => {
        const { status, metadata } = await production.current("Deployment");
        available.push(Number(at(status, "availableReplicas") ?? 0));
        expect(at(status, "observedGeneration")).toBe(metadata.generation);
        expect(at(status, "updatedReplicas")).toBe(3);
        expect(at(status, "replicas")).toBe(3);
      }, patience);
      expect(Math.min(...available)).toBe(3);
      const images = (await production.pods())
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map((pod) => at(pod, "spec.containers.0.image"));
      expect(images).toHaveLength(3);
      for (const image of images) expect(image).toMatch(new RegExp(`@${digest}$`));
    },
    patience,
  );

  it(
    "S9 let a node be drained, one replica at a time",
    async () => {
      const [first, second] = await eventually(async () => {
        const budget = at(await production.current("PodDisruptionBudget"), "status");
        expect(budget).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 3 });
        const pods = await production.pods();
        // Those that the rollout before has replaced may still be on their way out.
        expect(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(
          pods.length,
        );
        return pods;
      }, patience);
      await expect(evict(production, first)).resolves.toBeUndefined();
      await expect(evict(production, second)).rejects.toThrow(/disruption budget/);
      await production.rolledOut(3);
    },
    patience,
  );

  it(
    "S9 fit into the quota at their largest scale",
    async () => {
      const most = Number(at(production.manifest("HorizontalPodAutoscaler"), "spec.maxReplicas"));
      // Or the autoscaler would take them away again.
      production.nodes.behaviour.cpu = 450;
      const deployment = await production.api.pathOf(production.manifest("Deployment"));
      await production.api.patch(`${deployment}/scale`, { spec: { replicas: most } });
      await production.rolledOut(most);
    },
    patience,
  );

  it(
    "S9 are never fewer than that while an image rolls out at this scale, and every pod of before may still drain",
    async () => {
      const most = Number(at(production.manifest("HorizontalPodAutoscaler"), "spec.maxReplicas"));
      production.nodes.behaviour.drained = false;
      const released = await manifestsOf("production", {
        "bulwark:workload.imageDigest": `sha256:${"d".repeat(64)}`,
      });
      await production.api.apply(one(released, "Job"));
      await production.api.apply(update(one(released, "Deployment")));
      const available: number[] = [];
      await eventually(async () => {
        const { status, metadata } = await production.current("Deployment");
        available.push(Number(at(status, "availableReplicas") ?? 0));
        expect(at(status, "observedGeneration")).toBe(metadata.generation);
        expect(at(status, "updatedReplicas")).toBe(most);
        expect(at(status, "availableReplicas")).toBe(most);
      }, rolloutPatience);
      expect(Math.min(...available)).toBe(most);
      production.nodes.behaviour.drained = true;
      await eventually(async () => expect(await production.pods()).toHaveLength(most), patience);
    },
    2 * rolloutPatience,
  );

  it(
    "S9 go on serving where the migrations of a new image fail: the Job says so, and nothing else has changed",
    async () => {
      const before = at(await production.current("Deployment"), "spec.template.spec.containers.0.image");
      production.nodes.behaviour.exitCode = migrationFailed;
      const released = await manifestsOf("production", {
        "bulwark:workload.imageDigest": `sha256:${"e".repeat(64)}`,
      });
      const job = one(released, "Job");
      await production.api.apply(job);
      // Another attempt would fail as well.
      await eventually(async () => {
        const { status } = await production.api.get(await production.api.pathOf(job));
        expect(at(status, "failed")).toBe(1);
        expect(at(status, "conditions")).toContainEqual(
          expect.objectContaining({ type: "Failed", status: "True", reason: "PodFailurePolicy" }),
        );
      }, rolloutPatience);
      // Pulumi waits for the Job and stops here: the Deployment comes after it.
      const deployment = await production.current("Deployment");
      expect(at(deployment, "spec.template.spec.containers.0.image")).toBe(before);
      expect(Number(at(deployment, "status.availableReplicas"))).toBeGreaterThanOrEqual(3);
      // Its pods stay, with their logs, for as long as the Job does: docs/migrations.md says how to read them.
      const query = `labelSelector=job-name%3D${job.metadata.name}`;
      const path = `/api/v1/namespaces/bulwark/pods?${query}`;
      expect(await production.api.list(path, { apiVersion: "v1", kind: "Pod" })).toHaveLength(1);
      production.nodes.behaviour.exitCode = 0;
    },
    2 * rolloutPatience,
  );
});

describe("S9 staging under load", () => {
  beforeAll(async () => {
    staging = await InstalledEnvironment.install("staging");
    await staging.rolledOut(2);
  }, patience);
  afterAll(() => staging.remove(), patience);

  it(
    "S9 is scaled to its largest by the CPU that its pods use, and an update leaves it there",
    async () => {
      staging.nodes.behaviour.cpu = 450;
      await staging.rolledOut(4);
      await staging.api.apply(update(staging.manifest("Deployment")));
      expect(at(await staging.current("Deployment"), "spec.replicas")).toBe(4);
    },
    patience,
  );

  it(
    "S9 has room for a rollout at that scale while every pod of before still drains",
    async () => {
      staging.nodes.behaviour.drained = false;
      const released = await manifestsOf("staging", {
        "bulwark:workload.imageDigest": `sha256:${"c".repeat(64)}`,
      });
      await staging.api.apply(one(released, "Job"));
      await staging.api.apply(update(one(released, "Deployment")));
      await staging.rolledOut(4);
      expect(await staging.pods()).toHaveLength(8);
      const used = Number(at(await staging.current("ResourceQuota"), "status.used.pods"));
      expect(used).toBeGreaterThanOrEqual(8);
      staging.nodes.behaviour.drained = true;
      await eventually(async () => expect(await staging.pods()).toHaveLength(4), patience);
    },
    patience,
  );
});

async function evict(environment: InstalledEnvironment, pod: KubernetesObject | undefined): Promise<void> {
  if (pod === undefined) throw new Error("there is no pod to evict");
  const eviction = objectOf({
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace },
  });
  await environment.api.request("POST", `${await environment.api.pathOf(pod)}/eviction`, eviction);
}
