import type { TestProject } from "vitest/node";
import { localCertificates, temporaryFolder, toolsDir } from "../../../scripts/local/servers/index.ts";
import { startKubernetes } from "../../../scripts/local/servers/kubernetes.ts";
import { eventually } from "../../support/eventually.ts";
import { KubernetesApi } from "./api.ts";
import { definitions } from "./manifests.ts";

/** One control plane for the run, with the kinds that an EKS cluster has beyond Kubernetes' own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tls = await localCertificates(`${toolsDir}/test-certificates`);
  const folder = temporaryFolder("test-kubernetes");
  const server = await startKubernetes({ dir: folder.path, tls }).catch((error) => {
    folder.remove();
    throw error;
  });
  const connection = { url: server.url, token: server.token, ca: server.ca };
  const api = new KubernetesApi(connection);
  try {
    for (const definition of definitions) await eventually(() => api.apply(definition), 30_000);
  } finally {
    await api.close();
  }
  project.provide("controlPlane", connection);
  return async () => {
    await server.stop();
    folder.remove();
  };
}
