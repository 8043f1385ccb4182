import type { CostDifference } from "../../../infra/cost/index.ts";
import { shortType } from "./components.ts";
import { costMarkdown } from "./cost.ts";
import { dangerSummary, dangersOf, losesData } from "./data-loss.ts";
import { type Changes, isEmpty } from "./diff.ts";
import { propertyLine, summary } from "./diff-text.ts";
import { guardrailsMarkdown } from "./guardrails.ts";
import type { Report } from "./report.ts";

/** GitHub cuts a comment at 65 536 characters; after this many lines it only counts the rest. */
const mostLines = 300;

/** The report as a comment on a pull request: what changes if there is something to compare with, and the counts. */
export function renderMarkdown(report: Report, changes?: Changes, costs?: CostDifference): string {
  const { run, total } = report;
  const sections = [
    `### Preview of \`${run.stack}\` (${run.identity.region}): ${total} resources`,
    ...run.warnings.map(warningSection),
    changes === undefined ? "" : dangersSection(changes),
    changes === undefined ? "" : changesSection(changes),
    guardrailsMarkdown(report),
    costMarkdown(report.cost, costs),
    countsSection(report),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const warningSection = (warning: string): string =>
  ["[!WARNING]", ...warning.split("\n")].map((line) => `> ${line}`.trimEnd()).join("\n");

/** An alert that GitHub sets apart by colour. */
function dangersSection(changes: Changes): string {
  const dangers = dangersOf(changes);
  if (dangers.length === 0) return "";
  const lines = dangers.map(
    ({ loses, type, names, problem, fix }) =>
      `> - ${loses ? "**lost**" : "caution"}: \`${shortType(type)} ${names.join(", ")}\`: ${problem}. ${fix}`,
  );
  const alert = losesData(dangers) ? "CAUTION" : "WARNING";
  return [`> [!${alert}]`, `> **Data at risk:** ${dangerSummary(dangers)}`, ...lines].join("\n");
}

function changesSection(changes: Changes): string {
  if (isEmpty(changes)) return "Nothing changes.";
  const lines = [
    ...changes.added.map(({ type, name }) => `+ ${shortType(type)} ${name}`),
    ...changes.removed.map(({ type, name }) => `- ${shortType(type)} ${name}`),
    ...changes.changed.flatMap(({ resource, properties }) => [
      `! ${shortType(resource.type)} ${resource.name}`,
      ...properties.map((property) => `    ${propertyLine(property, resource)}`),
    ]),
    ...(changes.outputs.length > 0
      ? ["! outputs", ...changes.outputs.map((output) => `    ${propertyLine(output)}`)]
      : []),
  ];
  const rest = lines.length - mostLines;
  const shown = rest > 0 ? [...lines.slice(0, mostLines), `# and ${rest} more lines`] : lines;
  const fence = fenceFor(shown);
  return [
    `**${summary(changes)}**`,
    "",
    `${fence}diff`,
    ...shown.map((line) => line.replaceAll("\n", " ")),
    fence,
  ].join("\n");
}

/** A fence longer than any run of backticks inside, so that no value can end the block and write markup of its own. */
function fenceFor(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  return "`".repeat(longest + 1);
}

function countsSection({ groups: parts, total }: Report): string {
  const rows = parts.map(({ title, count }) => `| ${title} | ${count} |`);
  return [
    "<details><summary>Resources per component</summary>",
    "",
    "| Component | Resources |",
    "|---|--:|",
    ...rows,
    `| **total** | **${total}** |`,
    "",
    "</details>",
  ].join("\n");
}
