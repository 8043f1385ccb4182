import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { endingText, type Processes, type RunningProcess } from "./processes.ts";

export interface LambdaOptions {
  name: string;
  /** Folder with the function's code. */
  code: string;
  /** `index.handler`. */
  handler: string;
  /** The whole environment of the process. */
  environment: Readonly<Record<string, string>>;
  timeoutSeconds: number;
  memoryMb: number;
  logFile: string;
  processes: Processes;
  /** How long an idle process is kept for the next invocation. */
  idleMs?: number;
}

/** A function's failure, as its caller sees it. */
class LambdaError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const answerSchema = z.object({
  requestId: z.string(),
  result: z.unknown().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
});

const runtime = fileURLToPath(new URL("lambda-runtime.mjs", import.meta.url));
const standardIdleMs = 60_000;
const endPatienceMs = 2_000;

/**
 * A Lambda function: a Node process with exactly its environment, kept warm between invocations. One invocation at a time, as
 * with a reserved concurrency of 1; the others wait for their turn.
 */
export class LambdaFunction {
  readonly name: string;
  readonly logFile: string;
  readonly #options: LambdaOptions;
  #process: RunningProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: LambdaOptions) {
    this.#options = options;
    this.name = options.name;
    this.logFile = options.logFile;
  }

  /** Runs the handler once. @throws LambdaError with what the handler threw, or why it could not end */
  async invoke(event: unknown): Promise<unknown> {
    if (this.#stopped)
      throw new LambdaError("TooManyRequestsException", `${this.name} takes no more invocations`);
    const turn = this.#queue.then(() => this.#run(event));
    this.#queue = turn.catch(() => undefined);
    return await turn;
  }

  /** Takes no more invocations, lets the one under way end (at most `patienceMs`), then ends the process. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    await Promise.race([this.#queue, delay(patienceMs, undefined, { ref: false })]);
    await this.#retire();
  }

  async #run(event: unknown): Promise<unknown> {
    clearTimeout(this.#idle);
    this.#process ??= await this.#launch();
    try {
      return await this.#exchange(this.#process, event);
    } finally {
      this.#idle = setTimeout(() => void this.#retire(), this.#options.idleMs ?? standardIdleMs);
    }
  }

  /** The process is let go of before it ends, so that no invocation meets a dying one. */
  async #retire(): Promise<void> {
    clearTimeout(this.#idle);
    const retired = this.#process;
    this.#process = undefined;
    await retired?.stop(endPatienceMs);
  }

  async #launch(): Promise<RunningProcess> {
    const { name, code, handler, environment, memoryMb, logFile, processes } = this.#options;
    const started = await processes.start({
      name,
      command: process.execPath,
      // Lambda's runtime gives V8 about nine tenths of the memory.
      args: [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, runtime, code, handler],
      env: environment,
      cwd: code,
      logFile,
      channel: true,
    });
    void started.ended.then(() => {
      if (this.#process === started) this.#process = undefined;
    });
    return started;
  }

  #exchange(worker: RunningProcess, event: unknown): Promise<unknown> {
    const requestId = randomUUID();
    const { timeoutSeconds } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        worker.child.off("message", onMessage);
        outcome();
      };
      const onMessage = (message: unknown) => {
        const { requestId: id, result, error } = answerSchema.parse(message);
        if (id !== requestId) return;
        settle(() => (error ? reject(new LambdaError(error.name, error.message)) : resolve(result)));
      };
      const timer = setTimeout(() => {
        // The process may be doing anything: the next invocation gets a new one.
        if (this.#process === worker) this.#process = undefined;
        worker.kill("SIGKILL");
        const text = `${new Date().toISOString()} ${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
        settle(() => reject(new LambdaError("Sandbox.Timedout", text)));
      }, timeoutSeconds * 1000);
      worker.child.on("message", onMessage);
      void worker.ended.then((ending) =>
        settle(() =>
          reject(new LambdaError("Runtime.ExitError", `Runtime exited with error: ${endingText(ending)}`)),
        ),
      );
      worker.child.send({ requestId, event, deadline: Date.now() + timeoutSeconds * 1000 }, () => undefined);
    });
  }
}
