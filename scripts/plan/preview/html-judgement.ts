import type { CostDifference } from "../../../infra/cost/index.ts";
import { counted } from "../../cli/words.ts";
import { assumedValue, costBasis, costGaps, costRange, signed, usd } from "./cost.ts";
import { exceptionsInUse, guardrailsSummary, withStatus } from "./guardrails.ts";
import type { Report } from "./report.ts";
import { escapeMarkup as safe } from "./svg.ts";

const row = (...cells: string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
const table = (head: readonly string[], rows: readonly string[]): string =>
  `<div class="table"><table><thead><tr>${head.map((cell) => `<th>${cell}</th>`).join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;

/** What breaks a rule, with the fix; then the exceptions, with their reasons. */
export function guardrailsSection(report: Report): string {
  const { findings } = report;
  const violations = withStatus(findings, "violation").map(({ severity, rule, message, fix }) =>
    row(`<b>${safe(severity)}</b>`, `<code>${safe(rule)}</code>`, `${safe(message)}<br>${safe(fix)}`),
  );
  const excepted = exceptionsInUse(findings).map(({ rule, count, expires, reason }) =>
    row(`<code>${safe(rule)}</code>`, safe(counted(count, "resource")), safe(expires), safe(reason)),
  );
  return `<section>
<h2>Guardrails</h2>
<p>${safe(guardrailsSummary(report))}</p>
${violations.length > 0 ? table(["Severity", "Rule", "What is wrong, and the fix"], violations) : "<p>Nothing has to be fixed.</p>"}
${excepted.length > 0 ? `<details class="judgement"><summary><b>Exceptions</b> <i>${excepted.length}</i></summary>${table(["Rule", "Resources", "Until", "Reason"], excepted)}</details>` : ""}
</section>`;
}

/** The estimate: components with their lines, the difference, the gaps and the assumptions. */
export function costSection({ cost }: Report, difference: CostDifference | undefined): string {
  const components = cost.components.map(({ component, monthlyUsd, lines }) => {
    const rows = lines.map((line) =>
      row(
        safe(line.resource),
        safe(line.what),
        safe(`${line.quantity.toLocaleString("en-US")} ${line.unit}`),
        safe(String(line.price)),
        usd(line.monthlyUsd),
      ),
    );
    return `<details class="judgement"><summary><b>${safe(component)}</b> <i>${usd(monthlyUsd)}</i></summary>${table(["Resource", "What", "Quantity", "USD a unit", "USD a month"], rows)}</details>`;
  });
  const gaps = costGaps(cost).map((gap) => `<li>Not in the total: ${safe(gap)}</li>`);
  const assumed = cost.assumptions.map((assumption) =>
    row(safe(assumedValue(assumption)), safe(assumption.because)),
  );
  return `<section>
<h2>Cost: ${usd(cost.totalUsd)} USD a month</h2>
<p>${safe(costBasis(cost))}; ${safe(costRange(cost))}.</p>
${difference ? differenceTable(difference) : ""}
${gaps.length > 0 ? `<ul>${gaps.join("")}</ul>` : ""}
${components.join("\n")}
<details class="judgement"><summary><b>Assumptions</b> <i>${assumed.length}</i></summary>${table(["Assumed", "Because"], assumed)}</details>
</section>`;
}

function differenceTable({ differenceUsd, lines }: CostDifference): string {
  if (lines.length === 0) return "<p>The change costs nothing.</p>";
  const rows = lines.map(({ name, beforeUsd, afterUsd, differenceUsd: line }) =>
    row(safe(name), usd(beforeUsd), usd(afterUsd), signed(line)),
  );
  return `<p>This change: ${signed(differenceUsd)} USD a month.</p>${table(["What changes", "Before", "After", "Difference"], rows)}`;
}
