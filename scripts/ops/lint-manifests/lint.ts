import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { At } from "../../cli/progress.ts";
import { temporaryFolder } from "../../local/servers/temporary.ts";
import { runProgram } from "../../plan/monitor/index.ts";
import { writeManifests } from "../../plan/preview/manifests.ts";
import { exceptionFor } from "./exceptions.ts";
import type { Linter, LintProblem } from "./linters.ts";

const cluster = z.object({ version: z.string() });

/** Runs the linters over what an environment has in Kubernetes. `excused`: how many findings an exception allows. */
export async function lint(
  stack: string,
  linters: readonly Linter[],
  at: At,
): Promise<{ found: string[]; excused: number }> {
  const folder = temporaryFolder("manifests");
  try {
    const program = await runProgram({ stack, preview: true });
    writeManifests(program, folder.path);
    const files = readdirSync(folder.path).map((file) => join(folder.path, file));
    const made = program.resources.find(({ type }) => type === "aws:eks/cluster:Cluster");
    const { version } = cluster.parse(made?.inputs);
    const all: LintProblem[] = [];
    for (const { name, lint: problemsIn } of linters) {
      at(name);
      all.push(...(await problemsIn(files, version)));
    }
    const found = all.filter((finding) => exceptionFor(finding) === undefined);
    return { found: found.map(inWords), excused: all.length - found.length };
  } finally {
    folder.remove();
  }
}

const inWords = ({ linter, rule, object, message }: LintProblem): string =>
  `${linter} ${rule}: ${object}: ${message}`;
