import { writeFileSync } from "node:fs";
import picocolors from "picocolors";
import { isBlocking } from "../../../infra/policies/index.ts";
import { messageOf, refusal } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { repository, runProgram } from "../monitor/index.ts";
import { architectureOf } from "./architecture.ts";
import type { Arguments } from "./arguments.ts";
import { type Comparison, compareWith } from "./comparison.ts";
import { dangersOf, losesData } from "./data-loss.ts";
import { renderChanges } from "./diff-text.ts";
import { earlierPlan } from "./earlier.ts";
import { renderPage } from "./html.ts";
import { writeManifests } from "./manifests.ts";
import { renderMarkdown } from "./markdown.ts";
import { drawArchitecture } from "./picture.ts";
import { planOf } from "./plan.ts";
import { type Report, reportOn } from "./report.ts";
import { renderTree } from "./tree.ts";

/** Where a preview writes, and what it is run on. */
export interface Surroundings {
  out(text: string): void;
  error(text: string): void;
  /** Whether to use colours. */
  colours: boolean;
  /** When the command was started, on the clock of `performance.now()`. */
  started: number;
  /** Folder of Pulumi.yaml. Default: this repository. */
  root?: string;
  /** Makes the plan. Default: runs the program. */
  plan?: typeof runProgram;
}

/** Runs one preview, and returns the exit code; what is wrong with the plan is in the report. */
export async function preview(given: Arguments, to: Surroundings): Promise<number> {
  const root = to.root ?? repository;
  const before =
    given.against === undefined ? undefined : await earlierPlan(given.against, given.environment, root);
  const run = await (to.plan ?? runProgram)({
    stack: given.environment,
    root: to.root,
    preview: true,
    config: given.config,
  });
  const report = reportOn(run, (performance.now() - to.started) / 1000, today());
  const compared = before && compareWith(before, report);
  const page = () => renderPage(report, compared?.changes, compared?.costs);
  if (given.html !== undefined) writeText("--html", given.html, page(), to);
  if (given.svg !== undefined) writeText("--svg", given.svg, pictureOf(report), to);
  if (given.manifests !== undefined)
    write("--manifests", given.manifests, to, (folder) => writeManifests(run, folder));
  show(given, report, compared, to);
  if (report.findings.some(isBlocking)) return exitCodes.guardrail;
  return compared && losesData(dangersOf(compared.changes)) ? exitCodes.dataLoss : exitCodes.done;
}

const today = (): string => new Date().toISOString().slice(0, 10);

function show(given: Arguments, report: Report, compared: Comparison | undefined, to: Surroundings): void {
  const paint = picocolors.createColors(to.colours);
  const { run, findings, cost } = report;
  if (given.json) to.out(`${JSON.stringify({ ...planOf(run), findings, cost }, null, 2)}\n`);
  else if (given.format === "markdown") to.out(renderMarkdown(report, compared));
  else if (compared) to.out(renderChanges(report, compared.changes, compared.costs, paint));
  else to.out(renderTree(report, paint));
  // Last, and past what a pipe takes.
  for (const warning of run.warnings) to.error(`\n${paint.yellow(`warning: ${warning}`)}\n`);
}

function pictureOf({ run }: Report): string {
  const picture = drawArchitecture(architectureOf(run));
  if (picture === undefined) throw refusal(`--svg: "${run.stack}" has no VPC to draw.`);
  return picture.file;
}

const writeText = (option: string, file: string, content: string, to: Surroundings): void =>
  write(option, file, to, () => writeFileSync(file, content));

function write(option: string, file: string, to: Surroundings, work: (file: string) => void): void {
  try {
    work(file);
  } catch (error) {
    throw refusal(`${option} ${file}: ${messageOf(error)}`);
  }
  to.error(`Written to ${file}\n`);
}
