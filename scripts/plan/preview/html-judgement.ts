import type { CostDifference } from "../../../infra/cost/index.ts";
import { assumedValue, costBasis, costGaps, costRange, signed, usd } from "./cost.ts";
import { exceptionsInUse, guardrailsSummary, withStatus } from "./guardrails.ts";
import { type Column, table } from "./html-table.ts";
import type { Report } from "./report.ts";
import { escapeMarkup as safe } from "./svg.ts";

const broken: Column[] = [{ head: "Severity" }, { head: "Rule" }, { head: "What is wrong, and the fix" }];
const allowed: Column[] = [
  { head: "Rule" },
  { head: "Resources", kind: "figure" },
  { head: "Until", kind: "short" },
  { head: "Reason" },
];
const priced: Column[] = [
  { head: "Resource" },
  { head: "What" },
  { head: "Quantity", kind: "figure" },
  { head: "USD a unit", kind: "figure" },
  { head: "USD a month", kind: "figure" },
];
const changed: Column[] = [
  { head: "What changes" },
  { head: "Before", kind: "figure" },
  { head: "After", kind: "figure" },
  { head: "Difference", kind: "figure" },
];

/** What breaks a rule, with the fix; then the exceptions, with their reasons. */
export function guardrailsSection(report: Report): string {
  const { findings } = report;
  const violations = withStatus(findings, "violation").map(({ severity, rule, message, fix }) => [
    `<b>${safe(severity)}</b>`,
    `<code>${safe(rule)}</code>`,
    `${safe(message)}<br>${safe(fix)}`,
  ]);
  const excepted = exceptionsInUse(findings).map(({ rule, count, expires, reason }) => [
    `<code>${safe(rule)}</code>`,
    String(count),
    safe(expires),
    safe(reason),
  ]);
  return `<section>
<h2>Guardrails</h2>
<p>${safe(guardrailsSummary(report))}</p>
${violations.length > 0 ? table(broken, violations) : "<p>Nothing has to be fixed.</p>"}
${excepted.length > 0 ? `<details class="judgement"><summary><b>Exceptions</b> <i>${excepted.length}</i></summary>${table(allowed, excepted)}</details>` : ""}
</section>`;
}

/** The estimate: components with their lines, the difference, the gaps and the assumptions. */
export function costSection({ cost }: Report, difference: CostDifference | undefined): string {
  const components = cost.components.map(({ component, monthlyUsd, lines }) => {
    const rows = lines.map((line) => [
      safe(line.resource),
      safe(line.what),
      // "2 × 10,000 requests", but "730 instance-hour".
      safe(`${line.quantity.toLocaleString("en-US")} ${/^\d/.test(line.unit) ? "× " : ""}${line.unit}`),
      safe(String(line.price)),
      usd(line.monthlyUsd),
    ]);
    return `<details class="judgement"><summary><b>${safe(component)}</b> <i>${usd(monthlyUsd)}</i></summary>${table(priced, rows)}</details>`;
  });
  const gaps = costGaps(cost).map((gap) => `<li>Not in the total: ${safe(gap)}</li>`);
  const assumed = cost.assumptions.map((assumption) => [
    safe(assumedValue(assumption)),
    safe(assumption.because),
  ]);
  return `<section>
<h2>Cost: ${usd(cost.totalUsd)} USD a month</h2>
<p>${safe(costBasis(cost))}; ${safe(costRange(cost))}.</p>
${difference ? differenceTable(difference) : ""}
${gaps.length > 0 ? `<ul>${gaps.join("")}</ul>` : ""}
${components.join("\n")}
<details class="judgement"><summary><b>Assumptions</b> <i>${assumed.length}</i></summary>${table([{ head: "Assumed" }, { head: "Because" }], assumed)}</details>
</section>`;
}

function differenceTable({ differenceUsd, lines }: CostDifference): string {
  if (lines.length === 0) return "<p>The change costs nothing.</p>";
  const rows = lines.map(({ name, beforeUsd, afterUsd, differenceUsd: line }) => [
    safe(name),
    usd(beforeUsd),
    usd(afterUsd),
    signed(line),
  ]);
  return `<p>This change: ${signed(differenceUsd)} USD a month.</p>${table(changed, rows)}`;
}
