import type { Assumption, CostDifference, CostLine, Estimate } from "../../../infra/cost/index.ts";
import type { Paint } from "../../cli/progress.ts";
import { plain } from "./guardrails.ts";
import { folded } from "./markdown-size.ts";

/** `1,234.50`. */
export const usd = (amount: number): string =>
  amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** `+12.00`, `−3.00`. */
export const signed = (amount: number): string => `${amount < 0 ? "−" : "+"}${usd(Math.abs(amount))}`;

/** Where the prices are from, and what they leave out. */
export const costBasis = ({ region, pricesFrom, pricesTo }: Estimate): string =>
  `${region} list prices of ${pricesFrom} to ${pricesTo}, 730 hours, without tax and discounts`;

/** How far off the total may be by what it assumes least surely. */
export const costRange = ({ lowUsd, highUsd }: Estimate): string =>
  `${usd(lowUsd)} to ${usd(highUsd)} over the ranges of what is assumed`;

/** `5 GB a month (2 to 25)`. */
export function assumedValue({ value, unit, range }: Assumption): string {
  const text = (figure: number) => figure.toLocaleString("en-US");
  return `${text(value)} ${unit}${range ? ` (${text(range.low)} to ${text(range.high)})` : ""}`;
}

/** What the total leaves out because nothing is known about it. */
export const costGaps = ({ unknownTypes, unpriced }: Estimate): string[] => [
  ...unknownTypes.map(({ type, count }) => `${type} (${count}): nothing is known about its price`),
  ...unpriced.map(({ resource, type, why }) => `${resource} [${type}]: ${why}`),
];

/** How many items of a component the terminal shows; the page and the JSON show all. */
const mostThings = 4;

/** What the lines are for, dearest first: ten secrets are one thing to pay for. */
function byThing(lines: readonly CostLine[]): [what: string, usd: number][] {
  const sums = new Map<string, number>();
  for (const { what, monthlyUsd } of lines) sums.set(what, (sums.get(what) ?? 0) + monthlyUsd);
  return [...sums].sort(([, one], [, other]) => other - one);
}

const gapLines = (cost: Estimate, paint: Paint): string[] =>
  costGaps(cost).map((gap) => `  ${paint.yellow("!")} not in the total: ${gap}`);

/** The estimate by component for a terminal, with what it could not price and what it assumed. */
export function costText(cost: Estimate, paint: Paint): string {
  const width = Math.max(5, ...cost.components.map(({ component }) => component.length));
  const components = cost.components.map(({ component, monthlyUsd, lines }) => {
    const things = byThing(lines);
    const told = things.slice(0, mostThings).map(([what, cost]) => `${what} ${usd(cost)}`);
    const more = things.length > mostThings ? [`${things.length - mostThings} more`] : [];
    return `  ${component.padEnd(width)} ${usd(monthlyUsd).padStart(9)}  ${paint.dim([...told, ...more].join(", "))}`;
  });
  return [
    `${paint.bold("Cost, USD a month")} ${paint.dim(`· ${costBasis(cost)}`)}`,
    ...components,
    `${paint.bold(`  ${"total".padEnd(width)} ${usd(cost.totalUsd).padStart(9)}`)}  ${paint.dim(costRange(cost))}`,
    ...gapLines(cost, paint),
    paint.dim("  Assumed"),
    ...cost.assumptions.map((assumption) =>
      paint.dim(`  ${assumedValue(assumption)}: ${assumption.because}`),
    ),
  ].join("\n");
}

/** What the change costs: the lines that differ, and what is not in the total, which may be why. */
export function differenceText(change: CostDifference, cost: Estimate, paint: Paint): string[] {
  const { beforeUsd, afterUsd, differenceUsd, lines } = change;
  const head = `${paint.bold("Cost of the change")} ${signed(differenceUsd)} USD a month ${paint.dim(`(${usd(beforeUsd)} → ${usd(afterUsd)})`)}`;
  const changed = lines.map(({ name, differenceUsd: line }) => `  ${signed(line).padStart(10)}  ${name}`);
  return [head, ...changed, ...gapLines(cost, paint)];
}

/** For a pull request: the total and the difference, and what they leave out, without which they would mislead. */
export function costHead(cost: Estimate, difference: CostDifference | undefined): string {
  const change = difference ? `, ${signed(difference.differenceUsd)} by this change` : "";
  const gaps = costGaps(cost).map((gap) => `- not in the total: ${plain(gap)}`);
  return [`**Cost:** ${usd(cost.totalUsd)} USD a month${change}`, ...gaps.slice(0, 10)].join("\n");
}

/** For a pull request: the lines that differ, the greatest difference first; none where nothing does. */
export function costLines({ lines }: CostDifference): string {
  if (lines.length === 0) return "";
  const rows = lines.map(({ name, beforeUsd, afterUsd, differenceUsd }) =>
    [plain(name), usd(beforeUsd), usd(afterUsd), signed(differenceUsd)].join(" | "),
  );
  return [
    "| What changes | Before | After | Difference |",
    "|---|--:|--:|--:|",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}

/** For a pull request: the estimate, and what it stands on. */
export function costByComponent(cost: Estimate): string {
  const rows = cost.components.map(({ component, monthlyUsd }) => `| ${component} | ${usd(monthlyUsd)} |`);
  const table = [
    ...["| Component | USD a month |", "|---|--:|", ...rows],
    `| **total** | **${usd(cost.totalUsd)}** |`,
  ];
  const basis = `${costBasis(cost)}; ${costRange(cost)}.`;
  return folded("Cost by component", [...table, "", basis].join("\n"));
}
