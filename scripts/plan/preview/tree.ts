import type { Paint } from "../../cli/progress.ts";
import { counted } from "../../cli/words.ts";
import { type ComponentGroup, countOf, type Node, shortType } from "./components.ts";
import { costText } from "./cost.ts";
import { guardrailsText } from "./guardrails.ts";
import { briefly, highlightsOf } from "./highlights.ts";
import { outputLines, type Report } from "./report.ts";

/** The whole report for a terminal: what there is, part by part, then the counts, the outputs, the cost and the guardrails. */
export function renderTree(report: Report, paint: Paint): string {
  const sections = [
    heading(report, paint),
    ...report.groups.map((part) => groupTree(part, paint)),
    counts(report.groups, paint),
    outputs(report.run.outputs, paint),
    costText(report.cost, paint),
    guardrailsText(report, paint),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** `bulwark production · eu-central-1 · 180 resources in 17 components · planned in 2.1 s`. */
export function heading({ run, groups, total, seconds }: Report, paint: Paint): string {
  const components = groups.filter(({ kind }) => kind !== undefined).length;
  const facts = [
    run.identity.region,
    `${counted(total, "resource")} in ${counted(components, "component")}`,
    `planned in ${seconds.toFixed(1)} s`,
  ];
  return `${paint.bold(`${run.project} ${run.stack}`)} ${paint.dim(`· ${facts.join(" · ")}`)}`;
}

function groupTree({ title, kind, count, nodes }: ComponentGroup, paint: Paint): string {
  const facts = paint.dim([kind, count].filter((fact) => fact !== undefined).join(" · "));
  return [`${paint.bold(title)} ${facts}`, ...branches(nodes, "", paint)].join("\n");
}

function branches(nodes: readonly Node[], indent: string, paint: Paint): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const line = `${paint.dim(indent + (last ? "└─ " : "├─ "))}${resourceLine(node, paint)}`;
    return [line, ...branches(node.children, indent + (last ? "   " : "│  "), paint)];
  });
}

function resourceLine(node: Node, paint: Paint): string {
  const { resource } = node;
  const type = paint.cyan(shortType(resource.type));
  if (resource.component)
    return `${paint.bold(node.label)} ${paint.dim(`${shortType(resource.type)} · ${countOf(node)}`)}`;
  const facts = highlightsOf(resource).map(
    ({ property, value }) => paint.dim(`${property}=`) + quoted(value),
  );
  const marks = [
    resource.protect ? paint.yellow("protected") : "",
    resource.retainOnDelete ? paint.yellow("retained") : "",
  ];
  return [type, node.label, ...facts, ...marks].filter((word) => word !== "").join(" ");
}

/** Words that belong together stay together. */
const quoted = (value: string): string => (/\s/.test(value) ? `"${value}"` : value);

function counts(groups: readonly ComponentGroup[], paint: Paint): string {
  const width = Math.max(...groups.map(({ title }) => title.length), 5);
  const lines = groups.map(({ title, count }) => `  ${title.padEnd(width)} ${String(count).padStart(4)}`);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return [
    paint.bold("Resources per component"),
    ...lines,
    paint.bold(`  ${"total".padEnd(width)} ${String(total).padStart(4)}`),
  ].join("\n");
}

function outputs(values: Record<string, unknown>, paint: Paint): string {
  const entries = outputLines(values);
  if (entries.length === 0) return "";
  const width = Math.max(...entries.map(([key]) => key.length));
  return [
    paint.bold("Outputs") + paint.dim(" (made up, in the shape of AWS's)"),
    ...entries.map(([key, value]) => `  ${key.padEnd(width)}  ${briefly(value, 100)}`),
  ].join("\n");
}
