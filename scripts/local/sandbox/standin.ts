import { fileURLToPath } from "node:url";
import { CommandError, messageOf } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import type { CacheUserChange, RotationEvent } from "../aws-standin/index.ts";
import { endingText, type Processes, type RunningProcess } from "./processes.ts";
import { RemoteCalls } from "./remote-calls.ts";

export type StandinSettings = {
  port: number;
  stateFile: string;
  region: string;
  accountId: string;
  /** Functions whose policy lets Secrets Manager invoke them. */
  allowed: string[];
};

/** An operation of the stand-in, called directly: no request, no signature. */
export type StandinCall = {
  service: "secrets" | "keys" | "topics" | "cacheUsers";
  action: string;
  input: unknown;
};

export type StandinHooks = {
  /** Runs a Lambda function. @param functionName its name or ARN */
  invokeFunction(call: { functionName: string; payload: unknown }): Promise<unknown>;
  modifyCacheUser(user: CacheUserChange): Promise<void>;
  rotationEvent(event: RotationEvent): void;
};

export type StandinOptions = Omit<StandinSettings, "allowed"> & {
  processes: Processes;
  logFile: string;
  console: Console;
  /** What a person types to delete what it holds. */
  resetCommand: string;
  hooks: StandinHooks;
  /** An end this soon after the start is no accident: it would only end again. Default 5 s. */
  youngMs?: number;
};

const program = fileURLToPath(new URL("standin-process.ts", import.meta.url));
const stopPatienceMs = 12_000;
const standardYoungMs = 5_000;

/** The AWS stand-in of this sandbox, kept running: what it holds is on disk, so a death costs only the calls of a moment. */
export class StandinKeeper {
  readonly url: string;
  readonly logFile: string;
  private readonly options: StandinOptions;
  private readonly allowed = new Set<string>();
  private process: RunningProcess | undefined;
  private calls: RemoteCalls | undefined;
  private stopping = false;
  private readonly port: number;

  private constructor(options: StandinOptions, port: number) {
    this.options = options;
    this.logFile = options.logFile;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param options.port must be a port that is free, not 0: a restart has to come back under the same address */
  static async start(options: StandinOptions): Promise<StandinKeeper> {
    const keeper = new StandinKeeper(options, options.port);
    try {
      await keeper.launch();
    } catch (cause) {
      await keeper.stop();
      throw new CommandError(
        `The AWS stand-in did not start: ${messageOf(cause)}\n` +
          `  If its state is broken, delete the sandbox's data and start afresh: ${options.resetCommand}`,
        { cause },
      );
    }
    return keeper;
  }

  /** Calls an operation as the stand-in's own administrator. @throws AWS's error, by name */
  operation(service: StandinCall["service"], action: string, input: unknown): Promise<unknown> {
    return this.call("operation", { service, action, input } satisfies StandinCall);
  }

  /** A secret that another service owns. Returns its ARN. */
  async putManagedSecret(managed: { name: string; owningService: string; value: string }): Promise<string> {
    const made = await this.call("putManagedSecret", managed);
    if (typeof made === "object" && made !== null && "ARN" in made) return String(made.ARN);
    throw new Error("the AWS stand-in gave no ARN");
  }

  /** Lets Secrets Manager invoke a function. */
  async allow(functionArn: string): Promise<void> {
    this.allowed.add(functionArn);
    await this.call("allow", functionArn);
  }

  /** Waits for rotations under way, then ends it. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.process || this.process.ending()) return;
    void this.call("stop", undefined).catch(() => undefined);
    const timer = setTimeout(() => this.process?.kill("SIGKILL"), stopPatienceMs);
    await this.process.ended;
    clearTimeout(timer);
  }

  private call(method: string, input: unknown): Promise<unknown> {
    if (!this.calls) return Promise.reject(new Error("the AWS stand-in is not running"));
    return this.calls.call(method, input);
  }

  private async launch(): Promise<void> {
    const { processes, logFile, hooks, stateFile, region, accountId } = this.options;
    const began = Date.now();
    const child = await processes.start({
      name: "aws-standin",
      command: process.execPath,
      args: [program],
      env: {},
      cwd: process.cwd(),
      logFile,
      channel: true,
    });
    const calls = new RemoteCalls(child.child, { ...hooks });
    this.process = child;
    this.calls = calls;
    void child.ended.then((ending) => {
      calls.gone("the AWS stand-in has ended");
      if (this.calls === calls) this.calls = undefined;
      if (!this.stopping && Date.now() - began >= (this.options.youngMs ?? standardYoungMs))
        void this.revive(endingText(ending));
    });
    await calls.call("start", {
      port: this.port,
      stateFile,
      region,
      accountId,
      allowed: [...this.allowed],
    } satisfies StandinSettings);
  }

  private async revive(ending: string): Promise<void> {
    const { console, logFile } = this.options;
    console.warn(
      `The AWS stand-in died (${ending}). The API goes on with the secrets it has; until the stand-in is back nothing ` +
        "can be rotated and no new replica can start.",
    );
    try {
      await this.launch();
      console.note(`The AWS stand-in is back on ${this.url} with everything it held.`);
    } catch (error) {
      console.warn(
        `It could not be started again: ${messageOf(error)}. ` +
          `Its log: ${logFile}. Stop the sandbox with Ctrl-C and start it again.`,
      );
    }
  }
}
