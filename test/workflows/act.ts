import { execFile, execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../../scripts/local/servers/index.ts";

const run = promisify(execFile);

/** Whether nektos/act is on PATH, which runs workflows on this machine. */
export const actIsHere = (() => {
  try {
    execFileSync("act", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** Every program that a step calls, besides the shell's own. Each only writes down how it was called. */
const programs = ["aws", "cosign", "docker", "gh", "jq", "npm", "pulumi"];

const workflowFolder = join(repositoryRoot, ".github/workflows");

/** The repository's workflows, as they are written. */
export const workflows = (): { name: string; text: string }[] =>
  readdirSync(workflowFolder).map((name) => ({
    name,
    text: readFileSync(join(workflowFolder, name), "utf8"),
  }));

const actionsIn = (text: string): string[] =>
  [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? "");

/** What a workflow is run with. */
interface Occasion {
  event: string;
  payload?: unknown;
  /** The repository's variables. */
  variables?: Record<string, string>;
  /** A call that fails, by a part of it, with exit code 3. */
  failing?: string;
}

/** A repository with these workflows, in which no step reaches anything: actions and programs are stand-ins. */
export class Repository {
  readonly #folder: string;
  readonly #actions: readonly string[];

  constructor(folder: string) {
    this.#folder = folder;
    const root = join(folder, "repository");
    cpSync(join(repositoryRoot, ".github"), join(root, ".github"), { recursive: true });
    this.#program("repository/.ci/run", "");
    const git = (...args: string[]) => execFileSync("git", args, { cwd: root });
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=all");
    git("remote", "add", "origin", "https://github.com/acme/bulwark.git");
    for (const name of programs) this.#program(`bin/${name}`, name === "jq" ? "echo sha256:abc" : "");
    this.#actions = [...new Set(workflows().flatMap(({ text }) => actionsIn(text)))];
    for (const action of this.#actions) this.#action(action);
  }

  /** Runs a workflow. @returns the calls of programs in their order, and whether all jobs succeeded */
  async run(workflow: string, occasion: Occasion): Promise<{ calls: string[]; succeeded: boolean }> {
    const { event, payload = {}, variables = {}, failing = "" } = occasion;
    const calls = join(this.#folder, "calls");
    writeFileSync(calls, "");
    writeFileSync(join(this.#folder, "event.json"), JSON.stringify(payload));
    const stand = this.#actions.flatMap((action) => [
      "--local-repository",
      `${action}=${this.#pathOf(action)}`,
    ]);
    const env = {
      CALLS: calls,
      FAILING: failing,
      SOURCE: join(this.#folder, "repository"),
      GITHUB_REPOSITORY: "acme/bulwark",
    };
    const args = [
      ...[event, "--workflows", `.github/workflows/${workflow}.yml`, "--eventpath", "../event.json"],
      ...["--platform", "ubuntu-24.04=-self-hosted", "--no-skip-checkout", "--action-offline-mode", ...stand],
      ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ...Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}=${value}`]),
    ];
    const path = [join(this.#folder, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
    const options = { cwd: env.SOURCE, env: { ...env, PATH: path, HOME: this.#folder }, maxBuffer: 1 << 26 };
    const succeeded = await run("act", args, options).then(
      () => true,
      () => false,
    );
    const lines = readFileSync(calls, "utf8").trim().split("\n");
    // That act itself makes.
    return { calls: lines.filter((line) => line !== "gh auth token"), succeeded };
  }

  #program(path: string, says: string): void {
    const file = join(this.#folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const name = path.split("/").slice(-2).join("/").replace("bin/", "");
    writeFileSync(
      file,
      `#!/bin/sh\necho "${name} $*" >> "$CALLS"\n[ -n "$FAILING" ] && case "${name} $*" in *"$FAILING"*) exit 3;; esac\n${says}\nexit 0\n`,
    );
    chmodSync(file, 0o755);
  }

  #pathOf = (action: string): string => join(this.#folder, "actions", action.replaceAll(/\W/g, "-"));

  #action(action: string): void {
    const does = action.startsWith("actions/checkout@") ? 'cp -R "$SOURCE/." .' : ":";
    mkdirSync(this.#pathOf(action), { recursive: true });
    const steps = [{ run: does, shell: "sh" }];
    const file = { name: "stand-in", description: "-", runs: { using: "composite", steps } };
    writeFileSync(join(this.#pathOf(action), "action.yml"), JSON.stringify(file));
  }
}
