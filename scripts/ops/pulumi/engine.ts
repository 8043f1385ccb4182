import { type ChildProcess, spawn } from "node:child_process";
import { CommandError, codeOf } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { givenUpMessage, imagesIn, StackState } from "./state.ts";

/** How a run of the Pulumi CLI ended. */
interface Ended {
  code: number;
  /** Standard output of a query; of a run with visible output, the last of it. */
  text: string;
  error: string;
}

/** What of a run's output is kept to find out why it failed. */
const keptCharacters = 64 * 1024;
export interface DeploymentOptions {
  /** File of `pulumi preview --save-plan`: exactly that is carried out. */
  plan?: string | undefined;
  /** Digest of the image that this deployment replaces because it was no good: the stack's history remembers it. */
  givenUp?: string | undefined;
  /** URNs: nothing else is changed. */
  only?: readonly string[];
}

/** Where the Pulumi CLI runs, and where its output goes. */
export interface EngineSurroundings {
  out(text: string): void;
  colours: boolean;
  /** Of the Pulumi CLI that is started, PATH among them. */
  env: NodeJS.ProcessEnv;
  /** Folder of Pulumi.yaml. */
  root: string;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** One Ctrl-C can arrive twice (by the terminal and by npm); signals within this time count as one. */
const sameSignalMs = 1_000;

/**
 * The Pulumi CLI on PATH, for one stack. Not the Automation API (`@pulumi/pulumi/automation` 3.270), which starts the same CLI:
 * - it starts it in our process group, so Ctrl-C reaches it twice, and a second signal makes Pulumi drop what is half-way (`cmd.js`);
 * - it exports the state with every secret decrypted (`stack export --show-secrets`, `localWorkspace.js`), for names and types;
 * - it changes the stack that the person has selected (`stack select`), so that their next `pulumi up` meets another one.
 */
export class Engine {
  readonly #stack: string;
  readonly #to: EngineSurroundings;

  constructor(stack: string, to: EngineSurroundings) {
    this.#stack = stack;
    this.#to = to;
  }

  /** Whether there is a Pulumi CLI at all. */
  async isThere(): Promise<boolean> {
    try {
      await this.#question(["version"]);
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** What the stack consists of; undefined where the backend has no such stack. @throws CommandError */
  async state(): Promise<StackState | undefined> {
    const { code, text, error } = await this.#question(["stack", "export", "--stack", this.#stack]);
    if (code === 0) return new StackState(JSON.parse(text));
    if (/no stack named/.test(error)) return undefined;
    throw new CommandError(
      `Pulumi does not say what stack "${this.#stack}" consists of:\n${error.trim()}\nIs this the right backend? pulumi whoami --verbose`,
    );
  }

  /** Destroys what the patterns name, with its dependents; everything without patterns. Passes its output on. */
  destroy(targets: readonly string[] = []): Promise<Ended> {
    const only = targets.flatMap((target) => ["--target", target]);
    return this.#run([
      "destroy",
      "--stack",
      this.#stack,
      "--yes",
      "--non-interactive",
      "--skip-preview",
      // A failure does not stop the deletion of what is independent of it: the costs must end.
      "--continue-on-error",
      "--suppress-outputs",
      "--color",
      this.#to.colours ? "always" : "never",
      ...only,
      ...(only.length > 0 ? ["--target-dependents"] : []),
    ]);
  }

  /** Writes the image that the next deployment is made with into the stack's configuration. @throws CommandError */
  async setImage(digest: string): Promise<void> {
    const path = ["--path", "bulwark:workload.imageDigest", digest];
    const { code, error } = await this.#question(["config", "set", "--stack", this.#stack, ...path]);
    if (code !== 0) throw new CommandError(`Pulumi does not take the image: ${error.trim()}`);
  }

  /** Deploys, and passes its output on. */
  up({ plan, givenUp, only = [] }: DeploymentOptions): Promise<Ended> {
    return this.#run([
      ...["up", "--stack", this.#stack, "--yes", "--non-interactive", "--suppress-outputs"],
      ...["--color", this.#to.colours ? "always" : "never"],
      ...(plan === undefined ? [] : ["--plan", plan]),
      ...(givenUp === undefined ? [] : ["--message", givenUpMessage(givenUp)]),
      ...only.flatMap((urn) => ["--target", urn]),
    ]);
  }

  /** The images of deployments that succeeded and were not given up, the newest first. @throws CommandError */
  async releasedImages(): Promise<string[]> {
    const { code, text, error } = await this.#question([
      "stack",
      "history",
      "--stack",
      this.#stack,
      "--json",
    ]);
    if (code !== 0) throw new CommandError(`Pulumi does not tell the stack's history:\n${error.trim()}`);
    return imagesIn(JSON.parse(text));
  }

  /**
   * What is different in the account from what the last deployment left, and from what the program says: a preview that reads
   * every resource first. Passes its output on; undefined where nothing is. @throws CommandError where it cannot tell
   */
  async drift(): Promise<string | undefined> {
    const { code, text } = await this.#run([
      ...["preview", "--stack", this.#stack, "--refresh", "--expect-no-changes", "--diff"],
      ...["--non-interactive", "--suppress-outputs", "--color", this.#to.colours ? "always" : "never"],
    ]);
    if (code === 0) return undefined;
    if (/no changes were expected.* but changes were proposed/.test(text)) return text;
    throw new CommandError(
      `Pulumi could not compare stack "${this.#stack}" with its account (exit code ${code}).`,
    );
  }

  #spawn(args: readonly string[]): ChildProcess {
    const env = { ...this.#to.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    // A process group of its own: Ctrl-C then reaches it once, from us. A second one would make it drop everything at once.
    return spawn("pulumi", args, {
      cwd: this.#to.root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  #question(args: readonly string[]): Promise<Ended> {
    const child = this.#spawn([...args, "--non-interactive"]);
    const output = { text: "", error: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output.text += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output.error += text;
    });
    return ending(child, output);
  }

  #run(args: readonly string[]): Promise<Ended> {
    const child = this.#spawn(args);
    const output = { text: "", error: "" };
    const keep = (text: string) => {
      output.text = (output.text + text).slice(-keptCharacters);
      this.#to.out(text);
    };
    child.stdout?.setEncoding("utf8").on("data", keep);
    child.stderr?.setEncoding("utf8").on("data", keep);
    return ending(child, output);
  }
}

/** Waits for the end, and passes on signals until then. */
function ending(child: ChildProcess, output: { text: string; error: string }): Promise<Ended> {
  let last = Number.NEGATIVE_INFINITY;
  const pass = (signal: NodeJS.Signals) => {
    // To Pulumi a second signal means to drop everything at once, and to lose track of what is half-way.
    if (performance.now() - last < sameSignalMs) return;
    last = performance.now();
    // A terminal that is closed is no reason to kill: it is asked to stop in order.
    child.kill(signal === "SIGHUP" ? "SIGINT" : signal);
  };
  for (const signal of signals) process.on(signal, pass);
  return new Promise<Ended>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? exitCodes.failure, ...output }));
  }).finally(() => {
    for (const signal of signals) process.off(signal, pass);
  });
}
