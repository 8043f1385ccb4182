import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CommandError, refusal } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { type PlanFile, readPlan, readPlanText } from "./plan.ts";

const run = promisify(execFile);
/** A plan is half a megabyte of text. */
const maxBuffer = 64 * 1024 * 1024;

/**
 * The plan that a preview is compared with: a file of `--json`, or else a commit of the repository in `root` (`main`,
 * `origin/main`, a digest), whose own program then makes the plan in a folder of its own.
 * @throws CommandError (exit code 2) where it is neither, and (exit code 1) where that commit's program fails
 */
export async function earlierPlan(against: string, environment: string, root: string): Promise<PlanFile> {
  if (existsSync(against)) return readPlan(against);
  const commit = await commitNamed(against, root);
  if (commit === undefined)
    throw refusal(
      `--against ${against} is neither a file nor a commit of this repository. Write the file with --json.`,
    );
  const folder = mkdtempSync(join(tmpdir(), "bulwark-earlier-"));
  try {
    await checkOut(commit, root, folder);
    // An environment that the change brings along: all of it is new.
    if (!existsSync(join(folder, `Pulumi.${environment}.yaml`))) return { resources: [], outputs: {} };
    return readPlanText(await planIn(folder, environment, against), `--against ${against}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function commitNamed(name: string, root: string): Promise<string | undefined> {
  const named = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  try {
    return (await run("git", named, { cwd: root })).stdout.trim();
  } catch {
    return undefined;
  }
}

/** The commit's files, with the libraries that its lock file names. */
async function checkOut(commit: string, root: string, folder: string): Promise<void> {
  const archive = join(folder, "commit.tar");
  await run("git", ["archive", "--output", archive, commit], { cwd: root });
  await run("tar", ["-xf", archive], { cwd: folder });
  rmSync(archive);
  if (await sharesLibraries(commit, root, folder)) return;
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, maxBuffer });
}

/**
 * Links the libraries that are here, file by file, where the lock file is the same. A link to the whole folder would not do:
 * the functions' bundles name the files that they are made of, so their code would look changed.
 */
async function sharesLibraries(commit: string, root: string, folder: string): Promise<boolean> {
  try {
    await run("git", ["diff", "--quiet", commit, "--", "package-lock.json"], { cwd: root });
    await run("cp", ["-al", join(root, "node_modules"), folder]);
    return true;
  } catch {
    // Another lock file, another disk, or a system whose cp makes no links.
    rmSync(join(folder, "node_modules"), { recursive: true, force: true });
    return false;
  }
}

async function planIn(folder: string, environment: string, against: string): Promise<string> {
  const command = ["scripts/preview.ts", environment, "--json"];
  try {
    return (await run(process.execPath, command, { cwd: folder, maxBuffer })).stdout;
  } catch (error) {
    const { code, stdout, stderr } = ended(error);
    // The commit may break guardrails: its plan is whole all the same.
    if (code === exitCodes.guardrail) return stdout;
    throw new CommandError(`--against ${against}: that commit has no plan of ${environment}:\n${stderr}`);
  }
}

/** What a process said that did not end with 0. */
const ended = (error: unknown): { code: unknown; stdout: string; stderr: string } => {
  const told = { code: undefined, stdout: "", stderr: String(error) };
  return error instanceof Error ? { ...told, ...error } : told;
};
