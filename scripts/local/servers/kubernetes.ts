import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { ensureKubernetes, type KubernetesPrograms } from "./kubernetes-programs.ts";
import {
  apiServerArguments,
  type ControlPlaneSettings,
  controllerManagerArguments,
  etcdArguments,
  schedulerArguments,
  writeControlPlaneFiles,
} from "./kubernetes-settings.ts";
import { privateDirectory, serverOwner } from "./owner.ts";
import { freePort } from "./ports.ts";
import { clearStale, type ServerProcess, startServer } from "./process.ts";
import { tail } from "./run.ts";

export interface KubernetesOptions {
  /** Folder of this control plane: made when missing, its contents replaced. */
  dir: string;
  /** PEM texts, for 127.0.0.1. */
  tls: { ca: string; cert: string; key: string };
}

export interface KubernetesServer {
  url: string;
  /** Bearer token of the user who may do everything. */
  token: string;
  /** PEM text of the authority that signed the server's certificate. */
  ca: string;
  version: string;
  /** Ends all of it: no process or port is left. */
  stop(): Promise<void>;
}

const startDeadlineMs = 60_000;

/**
 * Starts a Kubernetes control plane on random ports of 127.0.0.1: etcd, API server, controllers and scheduler, all real. It
 * has no nodes. Takes about ten seconds and 700 MiB. Throws, in words for a person, when there is none or a
 * process of it does not start.
 */
export const startKubernetes = async (options: KubernetesOptions): Promise<KubernetesServer> => {
  const programs = await ensureKubernetes();
  const ports = { etcd: await freePort(), etcdPeers: await freePort(), api: await freePort() };
  const token = randomBytes(32).toString("hex");
  const settings = { folder: join(options.dir, "data"), ports, tls: options.tls, token };
  const processes: ControlPlaneProcess[] = [];
  const stop = async (): Promise<void> => {
    // The one that was started last relies on all before it.
    for (const { server } of processes.toReversed()) await server.stop();
  };
  try {
    await startProcesses(options.dir, settings, programs, processes);
  } catch (error) {
    await stop();
    throw error;
  }
  const { ca } = options.tls;
  return { url: `https://127.0.0.1:${ports.api}`, token, ca, version: programs.version, stop };
};

interface ControlPlaneProcess {
  name: string;
  logFile: string;
  server: ServerProcess;
}

async function startProcesses(
  dir: string,
  settings: ControlPlaneSettings,
  programs: KubernetesPrograms,
  processes: ControlPlaneProcess[],
): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const owner = serverOwner("nobody", settings.folder, programs.apiServer);
  privateDirectory(settings.folder, undefined);
  writeControlPlaneFiles(settings);
  privateDirectory(settings.folder, owner);
  const start = async (name: string, command: string, args: string[]) => {
    const [logFile, pidFile] = [join(dir, `${name}.log`), join(dir, `${name}.pid`)];
    await clearStale(pidFile, settings.folder, `The control plane in ${dir}`);
    writeFileSync(logFile, "", { mode: 0o600 });
    const server = await startServer({ command, args, logFile, pidFile, owner, cwd: settings.folder });
    processes.push({ name, logFile, server });
  };
  await start("etcd", programs.etcd, etcdArguments(settings));
  await start("kube-apiserver", programs.apiServer, apiServerArguments(settings));
  await ready(settings, processes);
  await start("kube-controller-manager", programs.controllerManager, controllerManagerArguments(settings));
  await start("kube-scheduler", programs.scheduler, schedulerArguments(settings));
}

/** Waits until the API server says that it is ready, and says why where it will never be. */
async function ready(
  { ports, tls, token }: ControlPlaneSettings,
  processes: readonly ControlPlaneProcess[],
): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  const dispatcher = new Agent({ connect: { ca: tls.ca } });
  const headers = { authorization: `Bearer ${token}` };
  const isReady = () =>
    fetch(`https://127.0.0.1:${ports.api}/readyz`, { dispatcher, headers }).then(
      (answer) => answer.ok,
      () => false,
    );
  try {
    while (!(await isReady())) {
      const ended = processes.find(({ server }) => server.endedAs() !== undefined);
      if (ended) throw new Error(complaint(ended, `ended while starting (${ended.server.endedAs()})`));
      const last = processes.at(-1);
      if (Date.now() > deadline && last)
        throw new Error(complaint(last, `was not ready within ${startDeadlineMs / 1000} s`));
      await delay(100);
    }
  } finally {
    await dispatcher.close();
  }
}

const complaint = ({ name, logFile }: ControlPlaneProcess, what: string): string =>
  `${name} ${what}. The end of its log:\n${tail(readFileSync(logFile, "utf8"))}`;
