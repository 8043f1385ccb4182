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
function holders(image = "busybox:latest"): KubernetesObject[] {
  const change = { "containers.0.image": image, serviceAccountName: "api" };
  const pod = at(weakened(production.manifest("Job"), { change }), "spec.template.spec");
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

const ownImage = () => String(at(production.manifest("Deployment"), "spec.template.spec.containers.0.image"));
const own = () => ownImage().split("@")[0] ?? "";

const port = { port: 80, targetPort: 3000 };
const extra = { name: "extra", namespace };
const firewall = "alb.ingress.kubernetes.io/wafv2-acl-arn";
const anywhere = { ports: [{ port: 443, protocol: "TCP" }], to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] };
const allowAll = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: extra,
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
};
const ingress = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: extra,
  spec: { ingressClassName: "bulwark", defaultBackend: { service: { name: "api", port: { number: 80 } } } },
};
const budget = {
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "api", namespace },
  spec: { selector: { matchLabels: { "app.kubernetes.io/component": "api" } } },
};

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
    const agent = { containers: [{ name: "c", image }], tolerations: [{ operator: "Exists" }] };
    const volumes = [{ name: "logs", hostPath: { path: "/var/log" } }];
    const foreign = [
      { apiVersion: "v1", kind: "Pod", metadata, spec: { ...agent, volumes } },
      { apiVersion: "v1", kind: "Service", metadata, spec: { type: "NodePort", ports: [port] } },
      { ...allowAll, metadata },
      { ...budget, metadata, spec: { ...budget.spec, minAvailable: "100%" } },
    ];
    for (const object of foreign)
      await expect(production.api.apply(objectOf(object), true), object.kind).resolves.toBeDefined();
  });

  it("S9 is the end of what is on its way out, whatever has become of it", async () => {
    const cronJob = holders("busybox:latest").find(({ kind }) => kind === "CronJob");
    const own = holders(ownImage()).find(({ kind }) => kind === "CronJob");
    if (cronJob === undefined || own === undefined) throw new Error("no CronJob");
    const kept = { ...own, metadata: { ...own.metadata, finalizers: ["example.com/kept"] } };
    await production.api.apply(kept);
    const path = await production.api.pathOf(kept);
    const { spec } = cronJob;
    await expect(production.api.patch(path, { spec })).rejects.toThrow(foreignImage);
    await production.api.delete(kept);
    await expect(production.api.patch(path, { spec })).resolves.toBeUndefined();
    await production.api.patch(path, { metadata: { finalizers: null } });
    await expect(production.api.get(path)).rejects.toThrow(/not found/);
  });
});

describe("S9 a Deployment that is refused as soon as it is written", () => {
  it.each(refusedAtOnce("OWN").map(({ name }) => name))("S9 has %s", async (name) => {
    const weakness = refusedAtOnce(own()).find((one) => one.name === name);
    if (weakness === undefined) throw new Error(`no weakness is called ${name}`);
    await expect(trial(weakness).deployment()).rejects.toThrow(weakness.refusal);
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
    await expect(pod()).rejects.toThrow(weakness.refusal);
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

  it("S9 is a container for debugging that could write to its root file system, even of the own image", async () => {
    const [pod] = await production.pods();
    if (pod === undefined) throw new Error("no pod runs");
    const { securityContext } = Object(at(pod, "spec.containers.0"));
    const container = { name: "debug", image: ownImage(), securityContext };
    const path = `${await production.api.pathOf(pod)}/ephemeralcontainers`;
    const debug = (given: object) =>
      production.api.patch(path, { spec: { ephemeralContainers: [given] } }, true);
    const writable = { ...securityContext, readOnlyRootFilesystem: false };
    await expect(debug({ ...container, securityContext: writable })).rejects.toThrow(
      /container debug could write/,
    );
    await expect(debug(container)).resolves.toBeUndefined();
  });

  it("S9 is what claims to be on its way out when it is made", async () => {
    const [holder] = holders().filter(({ kind }) => kind === "Deployment");
    if (holder === undefined) throw new Error("no Deployment");
    const metadata = { ...holder.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    await expect(production.api.apply({ ...holder, metadata }, true)).rejects.toThrow(foreignImage);
  });

  it("S9 is the migrations' identity in anybody's pod; a Job's pods have it", async () => {
    const { pod } = trial({ change: { serviceAccountName: "migrate" } });
    await expect(pod()).rejects.toThrow(/ServiceAccount migrate may change the schema/);
    expect(at(await production.current("Job"), "status.succeeded")).toBe(1);
  });

  it.each([
    {
      what: "an Ingress without the firewall",
      object: ingress,
      refusal: /Ingress is of class bulwark and names a firewall/,
    },
    {
      what: "an Ingress behind a firewall of another account",
      object: {
        ...ingress,
        metadata: {
          ...ingress.metadata,
          annotations: { [firewall]: "arn:aws:wafv2:us-east-1:999999999999:regional/webacl/none/1" },
        },
      },
      refusal: /Ingress is of class bulwark and names a firewall/,
    },
    ...["LoadBalancer", "NodePort"].map((type) => ({
      what: `a Service of type ${type}`,
      object: { apiVersion: "v1", kind: "Service", metadata: extra, spec: { type, ports: [port] } },
      refusal: /Only a ClusterIP without externalIPs/,
    })),
    {
      what: "a Service that takes the traffic of a foreign address",
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: extra,
        spec: { ports: [port], externalIPs: ["203.0.113.1"] },
      },
      refusal: /Only a ClusterIP without externalIPs/,
    },
    {
      what: "a Service that is another host's name",
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: extra,
        spec: { type: "ExternalName", externalName: "example.com" },
      },
      refusal: /Only a ClusterIP without externalIPs/,
    },
    { what: "one more network policy, which can only open", object: allowAll, refusal: /there are four/ },
    {
      what: "a network policy that lets everybody in",
      object: { ...allowAll, metadata: { name: "api", namespace } },
      refusal: /names ports and peers/,
    },
    {
      what: "a network policy that lets pods out to everywhere",
      object: {
        ...allowAll,
        metadata: { name: "api", namespace },
        spec: { podSelector: {}, policyTypes: ["Egress"], egress: [anywhere] },
      },
      refusal: /names ports and peers/,
    },
    {
      what: "a network policy of EKS's own kind",
      object: {
        apiVersion: "networking.k8s.aws/v1alpha1",
        kind: "ApplicationNetworkPolicy",
        metadata: extra,
        spec: { podSelector: {}, policyTypes: ["Egress"] },
      },
      refusal: /by the NetworkPolicies alone/,
    },
    {
      what: "a budget that keeps all pods",
      object: { ...budget, spec: { ...budget.spec, minAvailable: "100%" } },
      refusal: /budget has to let a pod go/,
    },
    {
      what: "a budget of none",
      object: { ...budget, spec: { ...budget.spec, maxUnavailable: 0 } },
      refusal: /budget has to let a pod go/,
    },
    {
      what: "a budget of no per cent",
      object: { ...budget, spec: { ...budget.spec, maxUnavailable: "0%" } },
      refusal: /budget has to let a pod go/,
    },
  ])("S9 is $what", async ({ object, refusal }) => {
    await expect(production.api.tryInstead(objectOf(object))).rejects.toThrow(refusal);
  });

  it.each([
    {
      what: "a volume",
      kind: "PersistentVolumeClaim",
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
    { what: "a secret in Kubernetes", kind: "Secret", stringData: { password: "in Kubernetes" } },
    { ...budget, what: "a second budget", spec: { ...budget.spec, maxUnavailable: 1 } },
    { ...ingress, what: "a second Ingress, even behind the firewall" },
  ])("S9 is $what", async ({ what: _, ...more }) => {
    const metadata = {
      name: "extra",
      namespace,
      annotations: at(production.manifest("Ingress"), "metadata.annotations"),
    };
    const object = objectOf({ apiVersion: "v1", ...more, metadata });
    await expect(production.api.apply(object, true)).rejects.toThrow(/exceeded quota: bulwark/);
  });
});
