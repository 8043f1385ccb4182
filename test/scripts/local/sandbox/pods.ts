import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { PodFacts } from "../../../../scripts/local/sandbox/environment.ts";
import { Pod, type RestartPolicy } from "../../../../scripts/local/sandbox/pod.ts";
import { readDeployment } from "../../../../scripts/local/sandbox/pod-spec.ts";
import { Processes } from "../../../../scripts/local/sandbox/processes.ts";
import { freePort } from "../../../../scripts/local/servers/index.ts";

const program = fileURLToPath(new URL("fixtures/pod.mjs", import.meta.url));

export type ContainerSettings = Record<string, unknown> & { env?: { name: string; value: string }[] };

/** Real replicas (fixtures/pod.mjs) for one test file; whatever is left of them ends with it. */
export const podMaker = () => {
  const folder = mkdtempSync(join(tmpdir(), "bulwark-pods-"));
  const processes = new Processes(() => undefined);
  afterAll(() => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  const events: string[] = [];
  const make = async (
    name: string,
    settings: ContainerSettings = {},
    options: { grace?: number; restarts?: RestartPolicy; changed?: () => void } = {},
  ): Promise<Pod & { url: string }> => {
    const port = await freePort();
    const ip = "127.0.0.1";
    const container = containerOf(port, settings);
    const facts: PodFacts = {
      ...{ name, namespace: "test", uid: "0", ip, node: "here", serviceAccount: "api" },
      ...{ labels: {}, annotations: {} },
    };
    const given = (settings.env ?? []).map((variable) => [variable.name, variable.value]);
    const pod = new Pod({
      facts,
      container,
      terminationGraceSeconds: options.grace ?? 5,
      restarts: options.restarts ?? { initialMs: 100, maximumMs: 200, forgivenAfterMs: 60_000 },
      launch: () =>
        processes.start({
          name,
          command: process.execPath,
          args: [program],
          env: { HOST: ip, PORT: String(port), POD_NAME: name, ...Object.fromEntries(given) },
          cwd: folder,
          logFile: join(folder, `${name}.log`),
        }),
      changed: (event) => {
        if (event) events.push(event);
        options.changed?.();
      },
    });
    return Object.assign(pod, { url: `http://${ip}:${port}` });
  };
  return { make, events, processes, folder };
};

const containerOf = (port: number, settings: ContainerSettings) => {
  const probe = (path: string) => ({
    httpGet: { path, port: "http" },
    periodSeconds: 1,
    failureThreshold: 2,
  });
  const spec = readDeployment("test", {
    metadata: { name: "test" },
    spec: {
      selector: { matchLabels: {} },
      template: {
        spec: {
          containers: [
            {
              name: "api",
              image: "none",
              ports: [{ name: "http", containerPort: port }],
              startupProbe: { ...probe("/live"), failureThreshold: 10 },
              livenessProbe: probe("/live"),
              readinessProbe: { ...probe("/ready"), failureThreshold: 1 },
              ...settings,
              env: [],
            },
          ],
        },
      },
    },
  });
  return spec.spec.template.spec.containers[0];
};
