import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Deployment } from "../../../../scripts/local/sandbox/deployment.ts";
import { containerEnvironment } from "../../../../scripts/local/sandbox/environment.ts";
import { runJob } from "../../../../scripts/local/sandbox/job.ts";
import type { Pod } from "../../../../scripts/local/sandbox/pod.ts";
import { readDeployment, readJob, readService } from "../../../../scripts/local/sandbox/pod-spec.ts";
import { Processes } from "../../../../scripts/local/sandbox/processes.ts";
import { targetPort } from "../../../../scripts/local/sandbox/routes.ts";
import { eventually } from "../../../support/index.ts";
import { podMaker } from "./pods.ts";

const folder = mkdtempSync(join(tmpdir(), "bulwark-workload-"));
const processes = new Processes(() => undefined);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const template = (container: object) => ({
  spec: { containers: [{ name: "one", image: "none", ...container }] },
});
const deploymentOf = (container: object, spec: object = {}) =>
  readDeployment("test", {
    metadata: { name: "api" },
    spec: { replicas: 2, selector: { matchLabels: {} }, template: template(container), ...spec },
  });

describe("S9 the Job must succeed before anything else", () => {
  const job = (spec: object) =>
    readJob("test", { metadata: { name: "migrate" }, spec: { template: template({}), ...spec } });
  const again: string[] = [];
  const run = (spec: object, code: string, signal = new AbortController().signal) => {
    writeFileSync(join(folder, "attempts"), "");
    return runJob(job(spec), {
      launch: (attempt) =>
        processes.start({
          name: `migrate-${attempt}`,
          command: process.execPath,
          args: ["-e", code],
          env: {},
          cwd: folder,
          logFile: join(folder, "migrate.log"),
        }),
      again: (failure) => again.push(failure),
      signal,
      backoff: { initialMs: 10, maximumMs: 20 },
    });
  };
  const count = `const fs = require("node:fs"); fs.appendFileSync("attempts", "x"); const tries = fs.readFileSync("attempts").length;`;

  it("it is tried again within its limit", async () => {
    await run({ backoffLimit: 2 }, `${count} process.exit(tries < 3 ? 1 : 0)`);
    expect(again).toEqual(["failed with exit code 1", "failed with exit code 1"]);
  });

  it("when it fails for good the error shows the end of its log", async () => {
    const failing = run({ backoffLimit: 1 }, `console.log("no such table"); process.exit(3)`);
    await expect(failing).rejects.toThrow(
      /the Job migrate failed with exit code 3, at the last of 2 attempts[\s\S]*migrate\.log[\s\S]*no such table/,
    );
  });

  it("it is not tried again after an exit code that fails the Job", async () => {
    const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [3] } }];
    const failing = run(
      { backoffLimit: 4, podFailurePolicy: { rules } },
      `${count} process.exit(tries < 2 ? 1 : 3)`,
    );
    await expect(failing).rejects.toThrow("failed with exit code 3, at the last of 2 attempts");
  });

  it("it is ended at its deadline", async () => {
    const hanging = run({ backoffLimit: 5, activeDeadlineSeconds: 1 }, "setInterval(() => undefined, 1000)");
    await expect(hanging).rejects.toThrow("the Job migrate passed its deadline of 1 s");
    expect(processes.list()).toEqual([]);
  });

  it("it ends when the sandbox stops", async () => {
    const stop = new AbortController();
    const hanging = run({}, "setInterval(() => undefined, 1000)", stop.signal);
    await eventually(() => expect(processes.list()).toHaveLength(1));
    stop.abort();
    await expect(hanging).rejects.toThrow("was stopped");
  });
});

describe("S9 A21 a Deployment", () => {
  const pods = podMaker();

  const deploy = async (settings: object, count: number): Promise<Deployment> => {
    const ready = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        pods.make(`api-${i + 1}`, { ...settings }, { changed: () => deployment.podChanged() }),
      ),
    );
    const made = new Map<string, Pod>(ready.map((pod) => [pod.facts.name, pod]));
    const spec = deploymentOf(
      { startupProbe: undefined },
      { minReadySeconds: 0, progressDeadlineSeconds: 20 },
    );
    const deployment: Deployment = new Deployment(spec, (name) => {
      const pod = made.get(name);
      if (!pod) throw new Error(`unexpected pod ${name}`);
      return pod;
    });
    return deployment;
  };

  it("replacing a pod starts its successor at once; a rollout keeps all replicas ready", async () => {
    const deployment = await deploy({}, 5);
    await deployment.start();
    const names = () => [...deployment.pods].filter(({ ready }) => ready).map(({ facts }) => facts.name);
    expect(names()).toEqual(["api-1", "api-2"]);
    const [first] = deployment.pods;
    if (!first) throw new Error("no pod");
    await deployment.replace(first);
    expect(names()).toEqual(["api-2", "api-3"]);
    let fewest = Number.POSITIVE_INFINITY;
    const watch = setInterval(() => {
      fewest = Math.min(fewest, names().length);
    }, 5);
    await deployment.rollout();
    clearInterval(watch);
    expect(names()).toEqual(["api-4", "api-5"]);
    expect(fewest).toBe(2);
    await deployment.stop();
    expect(pods.processes.list()).toEqual([]);
  });

  it("a container that only crashes fails the start, with the end of its log", async () => {
    const deployment = await deploy({ env: [{ name: "PORT", value: "not a port" }] }, 2);
    await expect(deployment.start()).rejects.toThrow(/api-\d ended 3 times[\s\S]*ERR_SOCKET_BAD_PORT/);
    await deployment.stop();
  });
});

describe("S9 manifests are carried out as they are, or refused", () => {
  it.each([
    [
      "a second container",
      {
        containers: [
          { name: "a", image: "x" },
          { name: "b", image: "x" },
        ],
      },
      "exactly one container",
    ],
    [
      "a Kubernetes Secret as environment",
      {
        containers: [
          {
            name: "a",
            image: "x",
            env: [{ name: "P", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
          },
        ],
      },
      "env",
    ],
    [
      "envFrom",
      { containers: [{ name: "a", image: "x", envFrom: [{ configMapRef: { name: "c" } }] }] },
      "one by one",
    ],
    [
      "a probe by command",
      { containers: [{ name: "a", image: "x", livenessProbe: { exec: { command: ["x"] } } }] },
      "livenessProbe",
    ],
    [
      "an init container",
      { initContainers: [{}], containers: [{ name: "a", image: "x" }] },
      "not run in the sandbox",
    ],
  ])("%s", (_, spec, message) => {
    const read = () => deploymentOf({}, { template: { spec } });
    expect(read).toThrow("the sandbox cannot run the Deployment");
    expect(read).toThrow(message);
  });

  it("the Downward API gives each pod its own facts", () => {
    const fieldRef = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
    const spec = deploymentOf({
      env: [
        { name: "PLAIN", value: "text" },
        { name: "EMPTY" },
        { name: "HOST", ...fieldRef("status.podIP") },
        { name: "POD", ...fieldRef("metadata.name") },
        { name: "PART", ...fieldRef("metadata.labels['app.kubernetes.io/name']") },
      ],
    });
    const [container] = spec.spec.template.spec.containers;
    const facts = {
      ...{ name: "api-1", namespace: "bulwark", uid: "u", ip: "127.1.0.4", node: "n", serviceAccount: "api" },
      ...{ labels: { "app.kubernetes.io/name": "api" }, annotations: {} },
    };
    expect(containerEnvironment(container, facts)).toEqual({
      ...{ PLAIN: "text", EMPTY: "", HOST: "127.1.0.4", POD: "api-1", PART: "api" },
    });
    const unknown = deploymentOf({ env: [{ name: "X", ...fieldRef("spec.hostname") }] });
    expect(() => containerEnvironment(unknown.spec.template.spec.containers[0], facts)).toThrow(
      '"spec.hostname"',
    );
  });

  it("a Service's port leads to its target port, by name or number", () => {
    const service = readService("test", {
      metadata: { name: "api" },
      spec: { ports: [{ name: "http", port: 80, targetPort: "web" }, { port: 9000 }] },
    });
    expect(targetPort(service, "http")).toBe("web");
    expect(targetPort(service, 80)).toBe("web");
    expect(targetPort(service, 9000)).toBe(9000);
    expect(targetPort(service, 1)).toBeUndefined();
  });
});
