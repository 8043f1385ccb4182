import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll } from "vitest";
import { parseDocument } from "yaml";
import * as z from "zod";
import { perform } from "../../../../scripts/cli/command.ts";
import { terminal } from "../../../../scripts/cli/progress.ts";
import { repositoryRoot, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { teardownArgumentsOf, teardownCommand } from "../../../../scripts/ops/teardown/arguments.ts";
import { teardown } from "../../../../scripts/ops/teardown/main.ts";
import type { Surroundings } from "../../../../scripts/ops/teardown/surroundings.ts";
import { planOf } from "../../../infra/support/plan.ts";
import { type TestStandin, withStandin } from "../../../support/index.ts";

/** How one run of `pulumi destroy` goes; by default it deletes what it was asked to. */
export interface Play {
  /** Types of resources that do not go. */
  staying?: string[];
  output?: string;
  code?: number;
  /** Until it is interrupted. */
  waits?: boolean;
}

type Call = { args: string[] } | { signal: string };
const calls = z.array(z.union([z.object({ args: z.array(z.string()) }), z.object({ signal: z.string() })]));
const stateSchema = z.object({ deployment: z.object({ resources: z.array(z.object({ urn: z.string() })) }) });
type Outputs = Record<string, unknown>;

/** An AWS with a deployed staging in it, and a Pulumi that knows of it. */
export class World {
  readonly aws: TestStandin;
  readonly folder: string;
  /** The network of the deployed environment. */
  vpcId = "";

  constructor(aws: TestStandin, folder: string) {
    this.aws = aws;
    this.folder = folder;
  }

  /** Variables of a process that sees this world. */
  get env(): NodeJS.ProcessEnv {
    const path = [join(this.folder, "bin"), dirname(process.execPath)].join(delimiter);
    const { NODE_COMPILE_CACHE } = process.env;
    return {
      ...this.aws.env,
      STAND_IN_PULUMI: this.folder,
      PATH: path,
      HOME: this.folder,
      NODE_COMPILE_CACHE,
    };
  }

  /** Makes it as a deployment left it; `changed` puts other outputs on the resources of a type. */
  async deploy(
    changed: Readonly<Record<string, Outputs>> = {},
    protect: readonly string[] = [],
  ): Promise<void> {
    const { run } = await planOf("staging", {}, "update");
    const { accountId } = this.aws;
    const resources = run.resources.map(({ urn, type, name, id, inputs, parent, component }) => ({
      urn,
      type,
      id,
      parent,
      custom: !component,
      protect: protect.includes(type),
      inputs,
      outputs: { ...inputs, arn: `arn:aws:test:us-east-1:${accountId}:${name}`, ...changed[type] },
    }));
    this.vpcId = run.resources.find(({ type }) => type === "aws:ec2/vpc:Vpc")?.id ?? "";
    this.#write("state.json", { version: 3, deployment: { resources } });
  }

  /** A stack that everything has been destroyed of. */
  empty(): void {
    this.#write("state.json", { version: 3, deployment: { manifest: {} } });
  }

  /** Pulumi knows no backend any more. */
  signOut(): void {
    this.#write("signed-out", true);
  }

  /** URNs of what the stack still consists of. */
  get standing(): string[] {
    const { deployment } = stateSchema.parse(
      JSON.parse(readFileSync(join(this.folder, "state.json"), "utf8")),
    );
    return deployment.resources.map(({ urn }) => urn);
  }

  /** `pulumi destroy` as a person types it. */
  destroy(...flags: string[]): { status: number | null; stdout: string } {
    const args = ["destroy", "--stack", "staging", "--yes", ...flags];
    return spawnSync("pulumi", args, { env: this.env, encoding: "utf8" });
  }

  play(...plays: Play[]): void {
    this.#write("plays.json", plays);
  }

  /** The project's folder with another value in staging's configuration, at a path such as `schedule.expires`. */
  rootWith(path: string, value: string | boolean): string {
    const root = mkdtempSync(join(this.folder, "root-"));
    const project = readFileSync(join(repositoryRoot, "Pulumi.yaml"), "utf8");
    const main = relative(root, join(repositoryRoot, "infra/main.mjs"));
    writeFileSync(join(root, "Pulumi.yaml"), project.replace("main: infra/main.mjs", `main: ${main}`));
    const document = parseDocument(readFileSync(join(repositoryRoot, "Pulumi.staging.yaml"), "utf8"));
    const [section, key] = path.split(".");
    document.setIn(["config", `bulwark:${section}`, key], value);
    writeFileSync(join(root, "Pulumi.staging.yaml"), document.toString());
    return root;
  }

  /** What `pulumi destroy` was called with, and the signals it got. */
  get calls(): Call[] {
    const lines = readFileSync(join(this.folder, "calls.jsonl"), "utf8").split("\n").filter(Boolean);
    return calls.parse(lines.map((line) => JSON.parse(line)));
  }

  /** The targets of each `pulumi destroy`. */
  get destroyed(): string[][] {
    return this.calls
      .flatMap((call) => ("args" in call && call.args[0] === "destroy" ? [call.args] : []))
      .map((args) => args.filter((_, index) => args[index - 1] === "--target"));
  }

  /** Runs the command in this process. `heard` gets each piece of output as it comes. */
  async run(
    argv: readonly string[],
    changes: Partial<Surroundings> = {},
    heard: (text: string) => void = () => undefined,
  ): Promise<{ code: number; out: string; error: string }> {
    const said = { out: "", error: "" };
    const output = {
      out: (text: string) => {
        said.out += stripVTControlCharacters(text);
        heard(text);
      },
      error: (text: string) => {
        said.error += stripVTControlCharacters(text);
      },
    };
    const to: Surroundings = {
      out: output.out,
      console: terminal(output.out),
      colours: false,
      env: this.env,
      ask: undefined,
      stopped: new AbortController().signal,
      aws: { ...this.aws.client, maxAttempts: 1 },
      patience: { pollMs: 5, clusterMs: 60_000, networkMs: 60_000, listingMs: 60_000 },
      root: repositoryRoot,
      now: () => new Date("2026-06-01T12:00:00Z"),
      plan: async (environment) => (await planOf(environment)).run,
      ...changes,
    };
    const code = await perform(
      teardownCommand,
      (given) => teardown(teardownArgumentsOf(given), to),
      argv,
      output,
      to.stopped,
    );
    return { code, ...said };
  }

  #write(file: string, content: unknown): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content));
  }
}

/** A world of this test's own. The account is the one that made-up ARNs are in. */
export async function withWorld(accountId = "123456789012"): Promise<World> {
  const folder = temporaryFolder("teardown");
  afterAll(() => folder.remove());
  mkdirSync(join(folder.path, "bin"), { recursive: true });
  const standIn = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  copyFileSync(standIn("pulumi.sh"), join(folder.path, "bin/pulumi"));
  copyFileSync(standIn("pulumi.mjs"), join(folder.path, "pulumi.mjs"));
  writeFileSync(join(folder.path, "calls.jsonl"), "");
  return new World(await withStandin({ accountId }), folder.path);
}

/** Takes the Pulumi CLI away. */
export const withoutPulumi = (world: World): void => rmSync(join(world.folder, "bin/pulumi"));
