import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { paths, ports } from "../../../app/contract/endpoints.ts";
import { apiEnv, migrationEnv, workerEnv } from "../../../app/contract/env.ts";
import { migrationFailed } from "../../../app/contract/exit-codes.ts";
import { fingerprint, refuseWithoutImage } from "../../../infra/workload/migrations.ts";
import type { PlannedResource } from "../../../scripts/plan/monitor/index.ts";
import { at, type Plan, planning, planOf } from "../support/plan.ts";

const environments = ["staging", "production", "sandbox"];
/** As the environments' files have it. */
const mostReplicas: Record<string, number> = { staging: 4, production: 12, sandbox: 2 };
const podOf = (object: PlannedResource) => at(object.inputs, "spec.template.spec");
const container = (object: PlannedResource) => at(podOf(object), "containers.0");
const number = (object: PlannedResource, path: string) => Number(at(object.inputs, path));
const running = (plan: Plan) => [
  plan.object("Deployment", "api"),
  plan.object("Deployment", "worker"),
  plan.object("Job"),
];

const digest = `sha256:${"a".repeat(64)}`;
const released = { "bulwark:workload.imageDigest": digest };

beforeAll(
  () => Promise.all([...environments.map((stack) => planOf(stack)), planOf("staging", released)]),
  planning,
);

/** The environment as the process would see it. */
function environmentOf(object: PlannedResource): Record<string, string> {
  const entries = at(container(object), "env");
  if (!Array.isArray(entries)) throw new Error("the container has no environment");
  return Object.fromEntries(entries.map(({ name, value }) => [name, value ?? "10.0.0.1"]));
}

describe.each(environments)("S9 the workload of %s", (stack) => {
  it("S9 lives in a namespace where only restricted pods are let in", async () => {
    const { inputs } = (await planOf(stack)).object("Namespace");
    expect(at(inputs, "metadata.labels")).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
  });

  it("S9 hardens API, worker and migrations alike", async () => {
    for (const object of running(await planOf(stack))) {
      expect(podOf(object)).toMatchObject({
        automountServiceAccountToken: false,
        hostNetwork: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1001,
          seccompProfile: { type: "RuntimeDefault" },
        },
        volumes: [{ name: "tmp", emptyDir: { sizeLimit: expect.any(String) } }],
      });
      expect(container(object)).toMatchObject({
        workingDir: "/app",
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      });
      expect(at(podOf(object), "containers.1")).toBeUndefined();
    }
  });

  it("S9 runs an image named by digest, never by a tag", async () => {
    for (const object of running(await planOf(stack)))
      expect(at(container(object), "image")).toMatch(/^[\w./-]+@sha256:[0-9a-f]{64}$/);
  });

  it("A26 keeps the API's heap below the container's memory limit, with room for what is no heap", async () => {
    const api = container((await planOf(stack)).object("Deployment", "api"));
    expect(at(api, "resources.limits.memory")).toBe("512Mi");
    expect(at(api, "command")).toEqual([
      "node",
      "--max-old-space-size=307",
      "--max-semi-space-size=16",
      "--v8-pool-size=1",
      "server.mjs",
    ]);
  });

  it("S9 gives the processes an environment that they accept", async () => {
    const plan = await planOf(stack);
    const api = apiEnv.parse(environmentOf(plan.object("Deployment", "api")));
    expect(api).toMatchObject({ ENVIRONMENT: stack, PORT: ports.http, MANAGEMENT_PORT: ports.management });
    expect(Object.keys(environmentOf(plan.object("Deployment", "api"))).sort()).toEqual(
      Object.keys(environmentOf(plan.object("Deployment", "api")))
        .filter((name) => name in apiEnv.shape)
        .sort(),
    );
    const worker = environmentOf(plan.object("Deployment", "worker"));
    expect(z.strictObject(workerEnv.shape).parse(worker)).toMatchObject({ ENVIRONMENT: stack });
    const job = environmentOf(plan.object("Job"));
    expect(migrationEnv.strict().parse(job)).toMatchObject({ ENVIRONMENT: stack, NODE_ENV: "production" });
  });

  it("S6 tells the pods where secrets are, never what they are, and keeps none in Kubernetes", async () => {
    const plan = await planOf(stack);
    for (const object of running(plan))
      for (const [name, value] of Object.entries(environmentOf(object)))
        if (/SECRET_ID$|PASSWORD|TOKEN/.test(name)) expect(value).toMatch(/^arn:aws:secretsmanager:/);
    expect(plan.objects().filter(({ inputs }) => inputs.kind === "Secret")).toEqual([]);
    expect(at(plan.object("ResourceQuota").inputs, "spec.hard")).toMatchObject({ "count/secrets": "0" });
  });

  it("S9 outlasts its drain: grace is longer than drain and shutdown, deregistration no longer than the drain", async () => {
    const plan = await planOf(stack);
    const deployment = plan.object("Deployment", "api");
    const drain = Number(at(container(deployment), "lifecycle.preStop.sleep.seconds"));
    const shutdown = apiEnv.parse(environmentOf(deployment)).SHUTDOWN_TIMEOUT_MS / 1_000;
    const grace = number(deployment, "spec.template.spec.terminationGracePeriodSeconds");
    expect(grace).toBeGreaterThan(drain + shutdown);
    const attributes = JSON.stringify(at(plan.object("Ingress").inputs, "metadata.annotations"));
    const delay = Number(/deregistration_delay\.timeout_seconds=(\d+)/.exec(attributes)?.[1]);
    expect(delay).toBeLessThanOrEqual(drain);
  });

  it("S9 rolls out without taking a replica away, and scales between its bounds", async () => {
    const plan = await planOf(stack);
    const deployment = plan.object("Deployment", "api");
    const autoscaler = plan.object("HorizontalPodAutoscaler");
    expect(at(deployment.inputs, "spec.strategy")).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(number(autoscaler, "spec.minReplicas")).toBe(number(deployment, "spec.replicas"));
    expect(number(autoscaler, "spec.maxReplicas")).toBe(mostReplicas[stack]);
    expect(deployment.ignoreChanges).toEqual(["spec.replicas"]);
    expect(at(plan.object("PodDisruptionBudget", "api").inputs, "spec")).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  });

  it("S9 has room for the largest scale, its rollout, what still drains, and the Jobs", async () => {
    const plan = await planOf(stack);
    const pods = number(plan.object("ResourceQuota"), "spec.hard.pods");
    const most = number(plan.object("HorizontalPodAutoscaler"), "spec.maxReplicas");
    expect(pods).toBeGreaterThanOrEqual(2 * most + 1 + 2 + 1);
    const hard = at(plan.object("ResourceQuota").inputs, "spec.hard");
    const limits = at(container(plan.object("Deployment", "api")), "resources.limits");
    const milli = Number.parseInt(String(at(limits, "cpu")), 10);
    const mebi = Number.parseInt(String(at(limits, "memory")), 10);
    // Their keys hold dots, which are no steps of a path.
    const amounts = Object.fromEntries(Object.entries(hard ?? {}));
    expect(Number.parseInt(amounts["limits.cpu"] ?? "", 10)).toBe(pods * milli);
    expect(Number.parseInt(amounts["limits.memory"] ?? "", 10)).toBe(pods * mebi);
  });
});

describe("S9 the order of a deployment", () => {
  it("S9 migrates before the API changes, and after users and secrets exist", async () => {
    const plan = await planOf("production");
    const job = plan.object("Job");
    expect(plan.waitsFor(plan.object("Deployment", "api"), job)).toBe(true);
    const bootstrap = plan.one("aws:lambda/invocation:Invocation", "bootstrap");
    expect(plan.waitsFor(job, bootstrap)).toBe(true);
  });

  it("S9 puts limits and network policies before the first pod", async () => {
    const plan = await planOf("production");
    const guards = plan
      .objects()
      .filter(({ inputs }) => ["ResourceQuota", "LimitRange", "NetworkPolicy"].includes(String(inputs.kind)));
    expect(guards).toHaveLength(6);
    for (const object of running(plan))
      for (const guard of guards) expect(plan.waitsFor(object, guard)).toBe(true);
  });

  it("S9 makes a Job of its own for each image and each set of migrations", async () => {
    const name = async (config: Record<string, unknown>) =>
      at((await planOf("staging", config)).object("Job").inputs, "metadata.name");
    expect(await name(released)).not.toBe(await name({}));
    const first = { name: "0001.ts", text: "create" };
    expect(fingerprint(digest, [first])).not.toBe(fingerprint(digest, []));
    expect(fingerprint(digest, [first])).not.toBe(fingerprint(digest, [{ ...first, text: "drop" }]));
    expect(fingerprint(digest, [first])).toMatch(/^[0-9a-f]{10}$/);
  });

  it("S1 makes no pod of an image that nobody pushed: the engine asks before the first one, in its preview too", async () => {
    const hooksOf = async (...plan: Parameters<typeof planOf>) =>
      (await planOf(...plan)).object("Job").beforeCreate;
    expect(await hooksOf("staging")).toEqual(["workload.imageDigest"]);
    expect(await hooksOf("staging", released)).toBeUndefined();
    expect(refuseWithoutImage).toThrow(
      /names no image yet: leave the workload out .*\npulumi config set --stack \S+ --path workload.imageDigest /,
    );
  });

  it("S9 tries the Job again while its pods get no credentials yet, and ends it when a migration failed", async () => {
    const { spec } = (await planOf("production")).object("Job").inputs;
    // Pauses of 10, 20, 40 and 80 s: two and a half minutes, inside the Job's fifteen.
    expect(at(spec, "backoffLimit")).toBe(4);
    expect(at(spec, "podFailurePolicy.rules")).toEqual([
      { action: "FailJob", onExitCodes: { operator: "In", values: [migrationFailed] } },
    ]);
  });

  it("S9 replaces a Job that failed, and gives up on one that never ends", async () => {
    const { inputs } = (await planOf("production")).object("Job");
    expect(at(inputs, "metadata.annotations")).toEqual({ "pulumi.com/replaceUnready": "true" });
    expect(inputs.spec).toMatchObject({ activeDeadlineSeconds: 900 });
  });
});

describe("S9 probes, placement and discovery", () => {
  it("S9 probes each state on its own path, readiness longer than the API's own 5 s", async () => {
    const api = container((await planOf("production")).object("Deployment", "api"));
    expect(at(api, "startupProbe.httpGet")).toEqual({ path: paths.startup, port: "http" });
    expect(at(api, "livenessProbe.httpGet")).toEqual({ path: paths.live, port: "http" });
    expect(at(api, "readinessProbe.httpGet")).toEqual({ path: paths.ready, port: "http" });
    expect(at(api, "readinessProbe.timeoutSeconds")).toBeGreaterThan(5);
    const worker = container((await planOf("production")).object("Deployment", "worker"));
    expect(at(worker, "livenessProbe.httpGet")).toEqual({ path: paths.live, port: "management" });
  });

  it("S9 spreads replicas over nodes and zones", async () => {
    const pod = podOf((await planOf("production")).object("Deployment", "api"));
    expect(at(pod, "topologySpreadConstraints.0")).toMatchObject({
      topologyKey: "topology.kubernetes.io/zone",
      maxSkew: 1,
    });
    expect(JSON.stringify(at(pod, "affinity"))).toContain("kubernetes.io/hostname");
  });

  it("S9 tells Prometheus where metrics are, and no Service", async () => {
    const plan = await planOf("production");
    expect(at(plan.object("Deployment", "api").inputs, "spec.template.metadata.annotations")).toEqual({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "9464",
      "prometheus.io/path": "/metrics",
    });
    expect(at(plan.object("Service").inputs, "spec.ports")).toEqual([
      expect.objectContaining({ port: ports.http, targetPort: "http" }),
    ]);
  });

  it("S9 mounts no token of Kubernetes, by the ServiceAccount either", async () => {
    const plan = await planOf("production");
    for (const name of ["api", "migrate"])
      expect(plan.object("ServiceAccount", name).inputs.automountServiceAccountToken).toBe(false);
    expect(plan.objects().filter(({ inputs }) => String(inputs.kind).includes("Role"))).toEqual([]);
  });
});
