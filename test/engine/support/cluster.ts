import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { localCertificates, toolsDir } from "../../../scripts/local/servers/index.ts";
import { startKubernetes } from "../../../scripts/local/servers/kubernetes.ts";
import { KubernetesApi, type KubernetesObject, Refused } from "../../cluster/support/api.ts";
import { zones } from "../../cluster/support/cluster.ts";
import { definitions } from "../../cluster/support/manifests.ts";
import { startNodes } from "../../cluster/support/nodes.ts";
import { at } from "../../infra/support/plan.ts";
import { eventually } from "../../support/eventually.ts";

/** The cluster of the engine test: a real control plane with made-up nodes. */
export interface LocalCluster {
  api: KubernetesApi;
  /** For `kubernetes:kubeconfig`: everything in it, no files. */
  kubeconfig: string;
  stop(): Promise<void>;
}

/** Makes and removes what an Ingress stands for in AWS. */
export interface LoadBalancers {
  /** Returns the DNS name. */
  make(ingress: KubernetesObject): Promise<string>;
  remove(): Promise<void>;
}

const ingressKind = { apiVersion: "networking.k8s.io/v1", kind: "Ingress" };

/** Starts a control plane, what EKS Auto Mode adds to it, and its load balancer controller's share in an Ingress. */
export async function startCluster(dir: string, balancers: LoadBalancers): Promise<LocalCluster> {
  const tls = await localCertificates(join(toolsDir, "test-certificates"));
  const server = await startKubernetes({ dir: join(dir, "kubernetes"), tls });
  const { url, token, ca } = server;
  const api = new KubernetesApi({ url, token, ca });
  try {
    for (const definition of definitions) await eventually(() => api.apply(definition), 30_000);
    const nodes = await startNodes(api, zones);
    const controller = startController(api, balancers);
    const stop = async () => {
      await controller.stop();
      await nodes.stop();
      await api.close();
      await server.stop();
    };
    return { api, kubeconfig: kubeconfig(url, token, ca), stop };
  } catch (error) {
    await api.close();
    await server.stop();
    throw error;
  }
}

/** Looks twice a second: an Ingress gets a load balancer and its address; without any, the load balancer goes. */
function startController(api: KubernetesApi, balancers: LoadBalancers): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted) {
      const found = await api.list("/apis/networking.k8s.io/v1/ingresses", ingressKind);
      if (found.length === 0) await balancers.remove();
      for (const ingress of found) await admit(api, ingress, balancers);
      await delay(500);
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

async function admit(api: KubernetesApi, ingress: KubernetesObject, balancers: LoadBalancers): Promise<void> {
  if (at(ingress, "status.loadBalancer.ingress.0") !== undefined) return;
  const hostname = await balancers.make(ingress);
  try {
    await api.patch(`${await api.pathOf(ingress)}/status`, {
      status: { loadBalancer: { ingress: [{ hostname }] } },
    });
  } catch (error) {
    // It may have gone meanwhile.
    if (!(error instanceof Refused && error.code === 404)) throw error;
  }
}

const kubeconfig = (url: string, token: string, ca: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "test",
        cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  });
