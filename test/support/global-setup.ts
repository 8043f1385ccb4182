import type { TestProject } from "vitest/node";
import {
  ensureRedis,
  existingMysql,
  localCertificates,
  startMysql,
  temporaryFolder,
  toolsDir,
} from "../../scripts/local/servers/index.ts";
import type { SharedServers } from "./servers.ts";

/** Starts the run's MySQL server (about half a second once it is on the machine) and makes sure of Redis. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const certificates = await localCertificates(`${toolsDir}/test-certificates`);
  const { ca, caFile, cert, key } = certificates;
  const tls = { ca, cert, key };
  const existing = existingMysql();
  const folder = temporaryFolder("test-mysql");
  const started = existing
    ? undefined
    : startMysql({ dataDir: `${folder.path}/mysql`, tls, performanceSchema: true });
  const [server] = await Promise.all([started, ensureRedis()]);
  const { host, port, adminUser, adminPassword } = server ?? existing ?? unreachable();
  const mysql = { host, port, adminUser, adminPassword, ca: existing?.ca ?? ca };
  const servers: SharedServers = { ca, caFile, cert, key, mysql };
  project.provide("servers", servers);
  return async () => {
    await server?.kill();
    folder.remove();
  };
}

const unreachable = (): never => {
  throw new Error("no MySQL server was started");
};
