import type { CostDifference } from "../../../infra/cost/index.ts";
import type { Paint } from "../../cli/progress.ts";
import { shortType } from "./components.ts";
import { differenceText } from "./cost.ts";
import { type Danger, dangerSummary, dangersOf, losesData } from "./data-loss.ts";
import { type Changes, isEmpty, type PropertyChange, type ResourceChange } from "./diff.ts";
import { guardrailsText } from "./guardrails.ts";
import { briefly } from "./highlights.ts";
import type { Report } from "./report.ts";
import { heading } from "./tree.ts";
import { waitsUntil } from "./waiting.ts";

/** What changes, for a terminal: one line for each resource, one for each of its properties that differs. */
export function renderChanges(report: Report, changes: Changes, costs: CostDifference, paint: Paint): string {
  const dangers = dangersText(dangersOf(changes), paint);
  const lines = isEmpty(changes) ? ["Nothing changes."] : [...dangers, ...listed(changes, paint)];
  const judgement = ["", guardrailsText(report, paint), "", ...differenceText(costs, report.cost, paint)];
  return `${[heading(report, paint), "", ...lines, ...judgement].join("\n")}\n`;
}

/** Comes first: what the change does to data. */
function dangersText(dangers: readonly Danger[], paint: Paint): string[] {
  if (dangers.length === 0) return [];
  const loud = losesData(dangers) ? paint.red : paint.yellow;
  const lines = dangers.flatMap(({ loses, type, names, problem, fix }) => [
    (loses ? paint.red : paint.yellow)(
      `  ${loses ? "✗" : "!"} ${shortType(type)} ${names.join(", ")}: ${problem}`,
    ),
    `      ${fix}`,
  ]);
  return [paint.bold(loud(`DATA AT RISK: ${dangerSummary(dangers)}`)), ...lines, ""];
}

/** `3 created, 2 updated, 1 replaced, 0 deleted`. */
export function summary({ added, removed, changed }: Changes): string {
  const replaced = changed.filter((change) => change.replaced).length;
  return `${added.length} created, ${changed.length - replaced} updated, ${replaced} replaced, ${removed.length} deleted`;
}

function listed(changes: Changes, paint: Paint): string[] {
  const lines = [
    ...changes.added.map(({ type, name }) => paint.green(`+ ${shortType(type)} ${name}`)),
    ...changes.removed.map(({ type, name }) => paint.red(`- ${shortType(type)} ${name}`)),
    ...changes.changed.flatMap(({ resource, properties, replaced }) => [
      replaced
        ? paint.red(`± ${shortType(resource.type)} ${resource.name}`)
        : paint.yellow(`~ ${shortType(resource.type)} ${resource.name}`),
      ...properties.map((property) => `    ${propertyLine(property, resource)}`),
    ]),
  ];
  const outputs = changes.outputs.map((output) => `    ${propertyLine(output)}`);
  if (outputs.length > 0) lines.push(paint.yellow("~ outputs"), ...outputs);
  return [...lines, "", paint.bold(`${summary(changes)}.`)];
}

/** `engineVersion: 8.4.7 → 8.4.8 (in the next maintenance window, …)`; a value that is not there is `–`. */
export function propertyLine(
  { path, before, after }: PropertyChange,
  resource?: ResourceChange["resource"],
): string {
  const waits = resource && waitsUntil(resource, path);
  return `${path}: ${shown(before)} → ${shown(after)}${waits === undefined ? "" : ` (${waits})`}`;
}

const shown = (value: unknown): string => (value === undefined ? "–" : briefly(value, 80));
