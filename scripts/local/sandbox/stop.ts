import type { Server } from "node:net";
import type { Console } from "../../cli/progress.ts";
import type { Standin } from "../aws-standin/index.ts";
import type { SandboxHome } from "./home.ts";
import { leaveFolder } from "./lock.ts";
import type { Loopback } from "./loopback.ts";
import type { Processes } from "./processes.ts";
import type { Sandbox } from "./sandbox.ts";
import type { StateFile } from "./state.ts";

/** What of a sandbox has come into being: a start can break off anywhere. */
export interface PartialSandbox {
  home: SandboxHome;
  console: Console;
  state: StateFile;
  processes: Processes;
  loopback?: Loopback;
  standin?: Promise<Standin>;
  control?: Server;
  sandbox?: Sandbox;
}

const requestPatienceMs = 10_000;
const functionPatienceMs = 15_000;

/**
 * Stops everything, from the load balancer inwards: what something needs ends after it. A step that fails does not keep
 * the next ones from being taken. Afterwards no process, port or socket is left.
 */
export const stopInOrder = async (partial: PartialSandbox, console: Console): Promise<void> => {
  const { sandbox, processes, standin } = partial;
  const steps: [what: string, stop: (() => Promise<unknown>) | undefined][] = [
    ["load balancer", sandbox?.balancer && (() => sandbox.balancer?.close(requestPatienceMs) ?? nothing)],
    ["replicas", sandbox?.cluster.deployments.size ? () => sandbox.cluster.stop() : undefined],
    [
      "functions",
      sandbox?.functions.size
        ? () => Promise.all([...sandbox.functions.values()].map((f) => f.stop(functionPatienceMs)))
        : undefined,
    ],
    ["AWS stand-in", standin && (async () => (await standin.catch(() => undefined))?.stop())],
    ["MySQL and Redis", sandbox?.servers.length ? () => stopServers(sandbox) : undefined],
  ];
  processes.close();
  sandbox?.stopping.abort();
  for (const [what, stop] of steps) {
    if (!stop) continue;
    try {
      await console.step(`${what} stopped`, stop);
    } catch (error) {
      console.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  processes.killAll();
  await partial.loopback?.close();
  partial.control?.close();
  partial.state.update(({ remembered }) => ({ remembered, processes: [] }));
  leaveFolder(partial.home);
  if (sandbox) console.print("Nothing of it is left running.");
};

const nothing = Promise.resolve();

/** Also those whose start was not waited for. */
const stopServers = async ({ servers }: Sandbox): Promise<void> => {
  const started = (await Promise.allSettled(servers)).filter((outcome) => outcome.status === "fulfilled");
  await Promise.all(started.map(({ value }) => value.stop()));
};
