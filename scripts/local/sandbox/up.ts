import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Console } from "../../cli/progress.ts";
import type { Stop } from "../../cli/stop-signals.ts";
import { runProgram } from "../../plan/monitor/index.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { planOf } from "../../plan/preview/plan.ts";
import { repositoryRoot } from "../servers/index.ts";
import { listenForOrders, type Obey } from "./control.ts";
import { prepareHome, type SandboxHome, sandboxHome } from "./home.ts";
import { endLeftovers, leaveFolder, takeFolder } from "./lock.ts";
import { Loopback } from "./loopback.ts";
import { giveMemoryBack } from "./memory.ts";
import { resetCommand, type SandboxOptions } from "./options.ts";
import { choosePorts } from "./ports.ts";
import { configuration, prepare, type Stack, stackOf } from "./prepare.ts";
import { startedAt } from "./process-identity.ts";
import { Processes } from "./processes.ts";
import { provisionIn } from "./resources/index.ts";
import type { RunningSandbox } from "./running.ts";
import type { Sandbox } from "./sandbox.ts";
import { readState, type SandboxAccess, StateFile } from "./state.ts";
import { type PartialSandbox, stopInOrder } from "./stop.ts";
import { firstSteps, replicasOf, urls, whereabouts } from "./summary.ts";

const programPatienceMs = 10_000;

/** Makes what requests to the API of the started sandbox come with. */
export type MakeAccess = (running: Omit<RunningSandbox, "access">) => Promise<SandboxAccess>;

/**
 * Starts the sandbox, runs until a stop signal, and stops it. `news` tells of what is under way, `console` of the stop.
 * @returns the exit code: 0 when it was asked to stop, also in the middle of its start
 */
export const up = async (
  options: SandboxOptions,
  { console, news }: { console: Console; news: Console },
  stop: Stop,
  makeAccess: MakeAccess,
): Promise<number> => {
  // First of all: a wrong environment fails before any change.
  const project = readProject(repositoryRoot, options.stack, options.config);
  const home = sandboxHome(options.stateDir);
  takeFolder(home);
  const partial = await claim(home, options, news).catch((error: unknown) => {
    leaveFolder(home);
    throw error;
  });
  stop.onSecond(() => {
    partial.processes.killAll();
    leaveFolder(home);
    process.exit(exitCodes.stopped);
  });
  let code = 0;
  process.on("uncaughtException", (error) => {
    code = exitCodes.failure;
    console.warn(`The sandbox itself failed: ${error.stack ?? error.message}`);
    stop.request("because of that");
  });
  let started: Promise<undefined> | undefined;
  try {
    const signal = stop.signal;
    started = start(partial, options, stackOf(options.stack, project.config), { signal, makeAccess });
    const why = await Promise.race([started, stop.requested]);
    if (why === undefined) console.print(`\nStopping (${await stop.requested}) …`);
    else console.print(`\nStopping (${why}) in the middle of the start …`);
  } finally {
    const ended = started?.catch(() => undefined);
    await stopInOrder(partial, console);
    // The Pulumi SDK takes an exit with resources under way for a failure; the stop makes the next one end the program.
    await Promise.race([ended, delay(programPatienceMs, undefined, { ref: false })]);
  }
  return code;
};

/** Takes over the folder: reads its state, and ends what a crash left in it. */
const claim = async (
  home: SandboxHome,
  options: SandboxOptions,
  console: Console,
): Promise<PartialSandbox> => {
  prepareHome(home);
  const state = new StateFile(home.stateFile, readState(home.stateFile, resetCommand(options)));
  const before = state.current.remembered.stack;
  if (before !== undefined && before !== options.stack) {
    throw new CommandError(
      `${home.dir} holds the data and secrets of the environment "${before}", not of "${options.stack}".\n` +
        `  Give this one a folder of its own (--state-dir .sandbox-${options.stack}), or delete them: ${resetCommand(options)}`,
      { exitCode: exitCodes.refused },
    );
  }
  const left = await endLeftovers(state.current.processes);
  if (left.length > 0) console.note(`Ended what a killed sandbox had left: ${left.join(", ")}.`);
  state.update(({ remembered }) => ({ remembered: { ...remembered, stack: options.stack }, processes: [] }));
  const processes = new Processes((list) => state.update((current) => ({ ...current, processes: list })));
  return { home, console, state, processes };
};

/** Brings everything up. Resolves when the API answers. */
const start = async (
  partial: PartialSandbox,
  options: SandboxOptions,
  stack: Stack,
  { signal, makeAccess }: { signal: AbortSignal; makeAccess: MakeAccess },
): Promise<undefined> => {
  const { console, state, home } = partial;
  const began = performance.now();
  const ports = await choosePorts(partial, options);
  partial.loopback = await Loopback.reserve(options.loopback);
  signal.throwIfAborted();
  const sandbox = await prepare(partial, partial.loopback, ports, options, stack);
  partial.sandbox = sandbox;
  signal.throwIfAborted();
  partial.control = await listenForOrders(home.controlSocket, obeyIn(sandbox));
  let resources = 0;
  const running = {
    stack: options.stack,
    since: new Date().toISOString(),
    main: { name: "sandbox", pid: process.pid, started: startedAt(process.pid) },
    region: stack.region,
    caFile: sandbox.certificates.caFile,
  };
  const run = await console.step(`the stack "${options.stack}"`, () =>
    runProgram({
      stack: options.stack,
      preview: false,
      config: options.config,
      // What stands for the network here is the sandbox's own, and overrides what is asked for.
      decided: configuration(sandbox),
      newResource: provisionIn(sandbox, () => {
        signal.throwIfAborted();
        resources += 1;
      }),
    }),
  );
  writeFileSync(home.stackFile, `${JSON.stringify(planOf(run), undefined, 2)}\n`, { mode: 0o600 });
  if (!sandbox.balancer) throw new CommandError("the stack has no Ingress: there is no way in");
  const reached = { ...running, urls: { ...urls(sandbox), aws: sandbox.standin.url } };
  const access = await console.step("an admin and an API key", () => makeAccess(reached));
  state.update((current) => ({ ...current, running: { ...reached, access } }));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  for (const warning of run.warnings) console.print(`\nwarning: ${warning}`);
  console.print(`\nUp in ${seconds} s: ${resources} resources of the stack, the ones below real.\n`);
  console.print(`${whereabouts(sandbox)}\n\n${firstSteps(sandbox, access)}\n`);
  await giveMemoryBack();
  return undefined;
};

const obeyIn =
  (sandbox: Sandbox): Obey =>
  async (order, say) => {
    const { cluster, console } = sandbox;
    if (order.command === "status") return say(whereabouts(sandbox));
    if (order.command === "replicas") return say(JSON.stringify(replicasOf(sandbox)));
    if (order.command === "rollout") {
      console.note("Replacing all replicas, one after the other.");
      await cluster.rollout();
      return say("All replicas are new, and ready.");
    }
    console.note(`Replacing ${order.pod}.`);
    const successor = await cluster.restartPod(order.pod);
    say(`${order.pod} has left; ${successor} is ready.`);
  };
