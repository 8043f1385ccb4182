import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { repositoryRoot } from "../../../scripts/local/servers/index.ts";
import { run, tail } from "../../../scripts/local/servers/run.ts";

/** What the program and its language host read; the rest of the repository stays out of the engine's sight. */
const linked = ["infra", "app", "node_modules", "package.json", "tsconfig.json"];
const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });
const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(z.looseObject({ urn: z.string(), type: z.string() })).default([]),
  }),
});

/** Longest that one command of the engine may take, milliseconds. */
const commandDeadlineMs = 30 * 60_000;

export interface ProjectOptions {
  /** Folder for project, state and configuration: nothing is written elsewhere. */
  dir: string;
  /** The environment whose file is the configuration. */
  stack: string;
  /** On top of it: `aws:endpoints`, `bulwark:edge.hostedZoneId`, … */
  config: Record<string, unknown>;
  /** Added to the environment of every command. */
  env: Record<string, string>;
}

/**
 * The repository as a Pulumi project in a folder of its own, with its state in files beside it: the engine writes into a
 * project's folder, and this way it never writes into the checkout.
 */
export class EngineProject {
  /** Folder of Pulumi.yaml. */
  readonly dir: string;
  /** Of every process that sees this project's state and AWS. */
  readonly env: Record<string, string | undefined>;
  readonly #stack: string;

  constructor({ dir, stack, config, env }: ProjectOptions) {
    this.dir = join(dir, "project");
    this.#stack = stack;
    const state = join(dir, "state");
    for (const folder of [this.dir, state]) mkdirSync(folder, { recursive: true });
    for (const name of linked) symlinkSync(join(repositoryRoot, name), join(this.dir, name));
    copyFileSync(join(repositoryRoot, "Pulumi.yaml"), join(this.dir, "Pulumi.yaml"));
    const file = `Pulumi.${stack}.yaml`;
    const own = stackFile.parse(parse(readFileSync(join(repositoryRoot, file), "utf8")));
    writeFileSync(join(this.dir, file), stringify({ config: merged(own.config, config) }));
    this.env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Nothing of the person's own AWS identity: what these do not name must not be found elsewhere.
      AWS_PROFILE: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      ...env,
    };
  }

  /** Runs a command on the stack to its end. @throws with the end of what it printed, where it fails */
  async command(...args: string[]): Promise<string> {
    const all = [...args, "--stack", this.#stack, "--non-interactive", "--color", "never"];
    const { code, stdout, stderr } = await run("pulumi", all, {
      cwd: this.dir,
      env: this.env,
      timeoutMs: commandDeadlineMs,
    });
    if (code === 0) return stdout;
    // What went wrong stands before the outputs, which are long.
    const told = /^Diagnostics:$.*?(?=^Outputs:$)/ms.exec(stdout)?.[0] ?? tail(stdout, 60);
    throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${told}${stderr}`);
  }

  /** Runs a line as a person is told to type it, in a shell. @throws with what it printed, where it fails */
  async typed(line: string): Promise<void> {
    const { code, stdout, stderr } = await run("sh", ["-c", line], { cwd: this.dir, env: this.env });
    if (code !== 0) throw new Error(`${line}\nended with ${code}:\n${tail(stdout + stderr, 60)}`);
  }

  /** Makes the stack, without making it anybody's selected one. */
  async initialise(): Promise<void> {
    const args = ["stack", "init", this.#stack, "--no-select", "--non-interactive"];
    const { code, stderr } = await run("pulumi", args, { cwd: this.dir, env: this.env });
    if (code !== 0) throw new Error(`pulumi stack init ended with ${code}:\n${tail(stderr)}`);
  }

  /** The stack's state as it is on disk, secrets encrypted. */
  async state(): Promise<{ text: string; resources: { urn: string; type: string }[] }> {
    const text = await this.command("stack", "export");
    return { text, resources: stateSchema.parse(JSON.parse(text)).deployment.resources };
  }
}

/** `bulwark:edge.hostedZoneId` goes into the section `bulwark:edge`, everything else is a key of its own. */
function merged(own: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  const result = structuredClone(own);
  for (const [path, value] of Object.entries(changes)) {
    const [key = "", field] = path.split(".");
    result[key] = field === undefined ? value : { ...Object(result[key]), [field]: value };
  }
  return result;
}
