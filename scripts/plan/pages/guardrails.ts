import { controls, outsideThePlan } from "../../../infra/policies/controls.ts";
import { exceptions } from "../../../infra/policies/exceptions.ts";
import { concerns, rules } from "../../../infra/policies/rules.ts";
import type { Rule } from "../../../infra/policies/types.ts";

const heading = `# Guardrails

Every plan must keep these rules: \`npm run preview -- <environment>\` shows the findings and exits with code 3 when one
must be fixed, the tests check every environment, and the engine checks the same rules itself:

    pulumi preview --policy-pack infra/policies/pack

A rule is a small function in \`infra/policies/rules/\`; an exception is data in \`infra/policies/exceptions.ts\`, with a reason
and a last day. This page is written by \`npm run pages\`, and a test keeps it current.`;

const row = (...cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** docs/guardrails.md: every rule with the published controls it covers, every exception, every control. */
export function guardrailsPage(): string {
  const sections = [
    heading,
    `## Rules\n\n${rules.length} rules. A * marks one that checks more than the resource itself.`,
    ...Object.entries(concerns).map(([concern, list]) => `### ${concern}\n\n${rulesTable(list)}`),
    `## Exceptions\n\n${exceptionsTable()}`,
    `## Published controls\n\n${controls.length} controls concern the stack's resources. ${coverage()}\n\n${controlsTable()}`,
    `### Not to be seen in a plan\n\n${outsideTable()}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

const rulesTable = (list: readonly Rule[]): string =>
  [
    row("Rule", "What holds", "Severity", "Controls"),
    "|---|---|---|---|",
    ...list.map(({ id, across, title, severity, controls: covered }) =>
      row(`\`${id}\`${across ? " *" : ""}`, title, severity, covered.join(", ")),
    ),
  ].join("\n");

const exceptionsTable = (): string =>
  [
    row("Rule", "Resource", "Environments", "Until", "Reason"),
    "|---|---|---|---|---|",
    ...exceptions.map(({ rule, resource, environments, expires, reason }) =>
      row(
        `\`${rule}\``,
        `\`${resource}\``,
        environments.map((name) => (name === "*" ? "all" : name)).join(", "),
        expires,
        reason,
      ),
    ),
  ].join("\n");

/** The rules that cover a control. */
export const coveredBy = (control: string): string[] =>
  rules.filter(({ controls: covered }) => covered.includes(control)).map(({ id }) => id);

function coverage(): string {
  const outside = Object.keys(outsideThePlan).length;
  return `${controls.length - outside} of them are covered by a rule; ${outside} cannot be seen in a plan.`;
}

const controlsTable = (): string =>
  [
    row("Control", "Rules"),
    "|---|---|",
    ...controls
      .filter((control) => !(control in outsideThePlan))
      .map((control) =>
        row(
          control,
          coveredBy(control)
            .map((id) => `\`${id}\``)
            .join(", "),
        ),
      ),
  ].join("\n");

const outsideTable = (): string =>
  [
    row("Control", "Why, and what instead"),
    "|---|---|",
    ...Object.entries(outsideThePlan).map(([control, why]) => row(control, why)),
  ].join("\n");
