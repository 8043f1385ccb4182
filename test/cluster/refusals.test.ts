import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at } from "../infra/support/plan.ts";
import { eventually } from "../support/eventually.ts";
import { type KubernetesObject, objectOf } from "./support/api.ts";
import { InstalledEnvironment, patience } from "./support/cluster.ts";
import { podOf, refusedAsPod, refusedAtOnce, type Weakness, weakened } from "./support/variants.ts";

let production: InstalledEnvironment;
const namespace = "bulwark";

beforeAll(async () => {
  production = await InstalledEnvironment.install("production");
  await production.rolledOut(3);
  // A policy is in force a moment after it was written.
  for (const holder of holders()) {
    const refused = () => expect(production.api.apply(holder, true)).rejects.toThrow(foreignImage);
    await eventually(refused, 30_000);
  }
}, patience);
afterAll(() => production.remove(), patience);

/** The weakened Deployment and its pod, as the API server answers to a trial. */
function trial(weakness: Pick<Weakness, "change">) {
  const worse = weakened(production.manifest("Deployment"), weakness);
  return {
    deployment: () => production.api.apply(worse, true),
    pod: () => production.api.apply(podOf(worse), true),
  };
}

const foreignImage = /image busybox:latest is refused/;

/** One object of each kind that holds pods, with an image from elsewhere. */
function holders(): KubernetesObject[] {
  const pod = at(
    weakened(production.manifest("Job"), { change: { "containers.0.image": "busybox:latest" } }),
    "spec.template.spec",
  );
  const labels = { of: "trial" };
  const template = { metadata: { labels }, spec: pod };
  const always = { metadata: { labels }, spec: { ...Object(pod), restartPolicy: "Always" } };
  const selector = { matchLabels: labels };
  const specs = {
    "v1 Pod": pod,
    "apps/v1 Deployment": { selector, template: always },
    "apps/v1 StatefulSet": { selector, template: always, serviceName: "trial" },
    "apps/v1 DaemonSet": { selector, template: always },
    "batch/v1 Job": { template },
    "batch/v1 CronJob": { schedule: "@daily", jobTemplate: { spec: { template } } },
  };
  return Object.entries(specs).map(([type, spec]) => {
    const [apiVersion, kind] = type.split(" ");
    return objectOf({ apiVersion, kind, metadata: { name: "trial", namespace }, spec });
  });
}

const own = () =>
  String(at(production.manifest("Deployment"), "spec.template.spec.containers.0.image")).split("@")[0] ?? "";

describe("S9 what the API server accepts", () => {
  it("S9 is the Deployment as it stands, and its pod", async () => {
    const { deployment, pod } = trial({ change: {} });
    expect((await deployment()).warnings).toEqual([]);
    expect((await pod()).warnings).toEqual([]);
  });

  it("S9 is the token that EKS gives pods for AWS, which is none for Kubernetes", async () => {
    const source = { serviceAccountToken: { path: "token", audience: "pods.eks.amazonaws.com" } };
    const { pod } = trial({ change: { "volumes.1": { name: "eks", projected: { sources: [source] } } } });
    await expect(pod()).resolves.toBeDefined();
  });

  it("S9 is anybody's pod in another namespace: the policies are the workload's own", async () => {
    const image = "example.com/anything:latest";
    const metadata = { name: "foreign", namespace: "default" };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c", image }] } };
    await expect(production.api.apply(objectOf(pod), true)).resolves.toBeDefined();
  });
});

describe("S9 a Deployment that is refused as soon as it is written", () => {
  it.each(refusedAtOnce("OWN").map(({ name }) => name))("S9 has %s", async (name) => {
    const weakness = refusedAtOnce(own()).find((one) => one.name === name);
    if (weakness === undefined) throw new Error(`no weakness is called ${name}`);
    await expect(trial(weakness).deployment()).rejects.toThrow(weakness.says);
  });

  it("S9 is not the only such kind: Jobs, CronJobs, StatefulSets, DaemonSets and bare pods are held to the same", async () => {
    for (const holder of holders()) {
      await expect(production.api.apply(holder, true), holder.kind).rejects.toThrow(foreignImage);
    }
  });
});

describe("S9 a pod that Pod Security refuses, its Deployment with a warning", () => {
  it.each(refusedAsPod)("S9 has $name", async (weakness) => {
    const { deployment, pod } = trial(weakness);
    await expect(pod()).rejects.toThrow(weakness.says);
    expect((await deployment()).warnings.join()).toMatch(/would violate PodSecurity "restricted:latest"/);
  });
});

describe("S9 what else the namespace refuses", () => {
  it("S9 is more than a container's limits; a pod without any gets them", async () => {
    const { pod } = trial({ change: { "containers.0.resources.limits.cpu": "4" } });
    await expect(pod()).rejects.toThrow(/maximum cpu usage per Container is 500m/);
    const without = trial({ change: { "containers.0.resources": undefined } });
    const { object } = await without.pod();
    expect(at(object, "spec.containers.0.resources.limits.memory")).toBe("512Mi");
  });

  it("S9 is a foreign image in a pod that runs, be it for debugging", async () => {
    const [pod] = await production.pods();
    if (pod === undefined) throw new Error("no pod runs");
    const path = await production.api.pathOf(pod);
    const { securityContext } = Object(at(pod, "spec.containers.0"));
    const container = { name: "debug", image: "busybox:latest", securityContext };
    const debug = { spec: { ephemeralContainers: [container] } };
    await expect(production.api.patch(`${path}/ephemeralcontainers`, debug)).rejects.toThrow(
      /busybox:latest/,
    );
    const containers = [{ ...Object(at(pod, "spec.containers.0")), image: "busybox:latest" }];
    await expect(production.api.patch(path, { spec: { containers } })).rejects.toThrow(/busybox:latest/);
  });

  const port = { port: 80, targetPort: 3000 };
  it.each([
    {
      what: "a load balancer beside the Ingress",
      kind: "Service",
      spec: { type: "LoadBalancer", ports: [port] },
    },
    { what: "a port of the nodes", kind: "Service", spec: { type: "NodePort", ports: [port] } },
    {
      what: "a volume",
      kind: "PersistentVolumeClaim",
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
    { what: "a secret in Kubernetes", kind: "Secret", stringData: { password: "in Kubernetes" } },
  ])("S9 is $what", async ({ what: _, ...more }) => {
    const object = objectOf({ apiVersion: "v1", ...more, metadata: { name: "extra", namespace } });
    await expect(production.api.apply(object, true)).rejects.toThrow(/exceeded quota: bulwark/);
  });
});
