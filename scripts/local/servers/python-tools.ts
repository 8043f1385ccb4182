import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { progress } from "../../cli/progress.ts";
import { unavailable } from "./needs.mjs";
import { toolsDir } from "./paths.ts";
import { run, tail, which } from "./run.ts";

/**
 * Programs from PyPI in a virtual environment of their own, kept under .tools by the contents of their list.
 * Throws, in words for a person, when they cannot be had.
 * @param requirements file with the packages, each with its exact version
 * @returns the folder with the programs
 */
export const ensurePythonTools = async (requirements: string, cache: string = toolsDir): Promise<string> => {
  const name = basename(requirements).replace(/\.\w+$/, "");
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 8);
  const folder = join(cache, `python-${name}-${digest}`);
  // A virtual environment cannot be moved: a mark in it says that it is complete.
  const mark = join(folder, "complete");
  if (existsSync(mark)) return join(folder, "bin");
  const python = which("python3");
  if (!python) throw new Error(unavailable("python", [`${name} needs it: python3 is not on PATH`]));
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await progress.step(`installing ${name} from PyPI (once)`, async () => {
    await succeed(name, python, ["-m", "venv", folder]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    await succeed(name, join(folder, "bin/python"), [...pip, requirements]);
  });
  writeFileSync(mark, "");
  return join(folder, "bin");
};

const succeed = async (name: string, command: string, args: string[]): Promise<void> => {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0)
    throw new Error(
      notInstalled(
        name,
        `${basename(command)} ${args.slice(0, 3).join(" ")} failed:\n${tail(stdout + stderr)}`,
      ),
    );
};

const notInstalled = (name: string, reason: string): string =>
  [
    `No ${name} to be had on this machine.`,
    `  - ${reason}`,
    "  - The virtual environment needs python3 with its venv module (Debian: apt-get install python3-venv).",
    "  - pip fetches packages from the index that it is set up for (pip config get global.index-url).",
  ].join("\n");
