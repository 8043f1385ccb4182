import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { plainMessage } from "../../../infra/lib/faults.ts";
import { CommandError, messageOf } from "../../cli/errors.ts";
import { answerCall } from "./data-sources.ts";
import { Faults } from "./faults.ts";
import { ofCommandLine } from "./overrides.ts";
import { namespaced, type Project, readProject } from "./project.ts";
import { type Backing, RecordingMonitor, type Refusal } from "./recording-monitor.ts";
import { shapedResource } from "./shaped-outputs.ts";
import type { ProgramRun, ResourceRequest, ResourceResult, StackIdentity } from "./types.ts";
import { collectWarnings } from "./warnings.ts";

export interface RunOptions extends Partial<Backing> {
  /** Name of the environment: `Pulumi.<stack>.yaml`. */
  stack: string;
  /** Folder of Pulumi.yaml. Default: this repository. */
  root?: string;
  /** What the program sees in `pulumi.runtime.isDryRun()`. In a preview, an output without a value is unknown. */
  preview: boolean;
  /** What `--config` puts on top of the stack's file: keys as `pulumi config set --path` takes them; `undefined` removes one. */
  config?: Record<string, unknown>;
  /** What the caller puts on top of both. */
  decided?: Record<string, unknown>;
  /** A first preview: no output of any resource is known. Implies `preview`. */
  unknowns?: boolean;
}

export const repository = fileURLToPath(new URL("../../..", import.meta.url));
/** The account in made-up ARNs: the one that AWS's own documentation uses. */
const accountId = "123456789012";
let runs = 0;
let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs the Pulumi program against a monitor in this process, and reports what it declared. Nothing is made real unless
 * `newResource` does so; without it outputs are made up in the shape of AWS's. The program's entry is evaluated anew each
 * time, the modules below it once per process. Runs wait for one another: the SDK keeps its state in the process.
 *
 * @throws CommandError: exit code 2 for the files, 1 for what goes wrong in the program, however many promises away; the
 *   program's own error for a refused configuration.
 */
export function runProgram(options: RunOptions): Promise<ProgramRun> {
  const run = previous.then(() => runAlone(options));
  previous = run.catch(() => undefined);
  return run;
}

async function runAlone(options: RunOptions): Promise<ProgramRun> {
  const root = resolve(options.root ?? repository);
  const project = readProject(root, options.stack, { ...options.config, ...options.decided });
  const overrides = Object.fromEntries(
    Object.entries(options.config ?? {}).map(([path, value]) => [namespaced(path, project.name), value]),
  );
  const region = project.config["aws:region"] ?? "us-east-1";
  const identity: StackIdentity = {
    stack: options.stack,
    project: project.name,
    region,
    accountId,
    partition: partitionOf(region),
  };
  const newResource = options.unknowns ? unknownResource : (options.newResource ?? shapedResource);
  const monitor = new RecordingMonitor(identity, { newResource, call: options.call ?? answerCall });
  pulumi.runtime.setMockOptions(
    monitor,
    project.name,
    options.stack,
    options.preview || options.unknowns === true,
    "bulwark",
  );
  pulumi.runtime.setAllConfig(project.config, project.secretKeys);
  const warnings = await collectWarnings(() =>
    withoutFaults(root, monitor, () => execute(project)).catch((error: unknown) => {
      throw error instanceof ConfigurationError ? ofCommandLine(error, overrides) : error;
    }),
  );
  return {
    stack: options.stack,
    project: project.name,
    identity,
    resources: monitor.planned,
    outputs: monitor.stackOutputs,
    warnings,
  };
}

/** What the language host does: the stack, the program's module in it, then everything that is still under way. */
async function execute(project: Project): Promise<void> {
  runs += 1;
  const url = `${pathToFileURL(project.entry).href}?run=${runs}`;
  await pulumi.runtime.runInPulumiStack(async () => {
    const module: Record<string, unknown> = await import(/* @vite-ignore */ url);
    const exported = "default" in module ? module.default : { ...module };
    return typeof exported === "function" ? await exported() : exported;
  });
  await pulumi.runtime.disconnect();
}

async function withoutFaults(
  root: string,
  monitor: RecordingMonitor,
  program: () => Promise<void>,
): Promise<void> {
  const faults = new Faults();
  faults.start();
  let thrown: unknown;
  try {
    await unlessStuck(program(), monitor);
  } catch (error) {
    thrown = error;
    faults.found.add(error);
    await unlessStuck(pulumi.runtime.disconnect(), monitor).catch(() => undefined);
  } finally {
    await faults.stop();
  }
  if (pulumi.RunError.isInstance(thrown)) throw thrown;
  const errors = [...faults.found];
  if (errors.length > 0 || monitor.refusals.length > 0) throw programError(root, monitor.refusals, errors);
}

/** Waits for `work`, and rejects when nothing is left in the process that could bring it on. */
async function unlessStuck(work: Promise<void>, monitor: RecordingMonitor): Promise<void> {
  const stuck = Promise.withResolvers<never>();
  // The event comes again only after some turn of the event loop, and a second wait may follow this one.
  const idle = () => void setImmediate(() => stuck.reject(stuckError(monitor)));
  process.once("beforeExit", idle);
  try {
    await Promise.race([work, stuck.promise]);
  } finally {
    process.off("beforeExit", idle);
  }
}

function stuckError({ planned }: RecordingMonitor): Error {
  const last = planned.at(-1);
  const where = last ? `; the last one registered was ${last.name} [${last.type}]` : "";
  return new Error(`it waits for a value that never comes, after ${planned.length} resources${where}`);
}

/** The first ones are told: what fails after them seldom has a reason of its own. */
const mostFaults = 3;

/** One error for all: the resources that were refused if there are any, because the rest follows from them. */
function programError(root: string, refusals: readonly Refusal[], errors: unknown[]): CommandError {
  const lines =
    refusals.length > 0
      ? refusals.map(({ type, name, reason }) => `${name} [${type}]: ${reason}`)
      : errors.map((error) => `${plainMessage(messageOf(error))}${placeIn(root, error)}`);
  const distinct = [...new Set(lines)];
  const rest = distinct.length - mostFaults;
  const told =
    rest > 1 ? [...distinct.slice(0, mostFaults), `and ${rest} more errors: fix these first`] : distinct;
  return new CommandError(`The Pulumi program failed:\n  ${told.join("\n  ")}`, { cause: errors[0] });
}

/** ` (infra/network/network.ts:12:3)`: the first line of the stack trace that is the project's own. */
function placeIn(root: string, error: unknown): string {
  if (!(error instanceof Error)) return "";
  for (const [, url = "", line, column] of (error.stack ?? "").matchAll(
    /\(?((?:file:\/\/)?\/[^\s()]+?):(\d+):(\d+)\)?$/gm,
  )) {
    const path = (url.startsWith("file:") ? fileURLToPath(url) : url).replace(/\?.*$/, "");
    const inside = relative(root, path);
    const isProgram = ![import.meta.dirname, resolve(root, "node_modules")].some((folder) =>
      path.startsWith(folder),
    );
    if (isProgram && !inside.startsWith("..") && !isAbsolute(inside)) return ` (${inside}:${line}:${column})`;
  }
  return "";
}

function unknownResource({ custom }: ResourceRequest): ResourceResult {
  return custom ? { id: "", state: {} } : { state: {} };
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
