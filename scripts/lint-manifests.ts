/**
 * `npm run lint:manifests [-- environment …]`: what the program registers in Kubernetes, by linters of other people. Exit 0:
 * nothing found but what is excepted with a reason, 1: findings, or the linters are not to be had, 2: wrong environment.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { temporaryFolder } from "./local/servers/index.ts";
import { exceptionFor } from "./plan/lint-manifests/exceptions.ts";
import { ensureLinters, type Finding, type Linter } from "./plan/lint-manifests/linters.ts";
import { runProgram } from "./plan/monitor/index.ts";
import { writeManifests } from "./plan/preview/manifests.ts";

const cluster = z.object({ version: z.string() });

async function lint(stack: string, linters: readonly Linter[]): Promise<Finding[]> {
  const folder = temporaryFolder("manifests");
  try {
    const program = await runProgram({ stack, preview: true });
    writeManifests(program, folder.path);
    const files = readdirSync(folder.path).map((file) => join(folder.path, file));
    const made = program.resources.find(({ type }) => type === "aws:eks/cluster:Cluster");
    const { version } = cluster.parse(made?.inputs);
    const findings: Finding[] = [];
    for (const linter of linters) findings.push(...(await linter(files, version)));
    return findings;
  } finally {
    folder.remove();
  }
}

const inWords = ({ linter, rule, object, message }: Finding): string =>
  `${linter} ${rule}: ${object}: ${message}`;

async function main(): Promise<number> {
  const { linters, missing } = await ensureLinters();
  for (const one of missing) console.log(`not run: ${one}`);
  const given = process.argv.slice(2);
  let open = 0;
  for (const stack of given.length > 0 ? given : ["staging", "production"]) {
    const findings = await lint(stack, linters);
    const unexcused = findings.filter((finding) => exceptionFor(finding) === undefined);
    for (const finding of unexcused) console.log(`${stack}: ${inWords(finding)}`);
    const excused = findings.length - unexcused.length;
    console.log(`${stack}: ${unexcused.length} findings, ${excused} excepted with a reason`);
    open += unexcused.length;
  }
  return open === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  return 1;
});
