import type { Finding } from "../../../infra/policies/index.ts";
import type { Paint } from "../../cli/progress.ts";
import { counted } from "../../cli/words.ts";
import type { Report } from "./report.ts";

/** Findings by what they ask of the reader. */
export const withStatus = (findings: readonly Finding[], status: Finding["status"]): Finding[] =>
  findings.filter((finding) => finding.status === status);

/** `95 rules · 1 violation · 8 exceptions (13 resources) · 2 unknown before deployment`. */
export function guardrailsSummary({ findings, rules }: Report): string {
  const count = (status: Finding["status"]) => withStatus(findings, status).length;
  const exceptions = exceptionsInUse(findings);
  const facts = [
    counted(rules, "rule"),
    counted(count("violation"), "violation"),
    counted(exceptions.length, "exception") +
      (exceptions.length > 0 ? ` (${counted(count("excepted"), "resource")})` : ""),
    ...(count("unknown") > 0 ? [`${count("unknown")} unknown before deployment`] : []),
  ];
  return facts.join(" · ");
}

/** Exceptions in use: the rule, why, and how many resources. */
export function exceptionsInUse(
  findings: readonly Finding[],
): { rule: string; reason: string; expires: string; count: number }[] {
  const used = new Map<string, { rule: string; reason: string; expires: string; count: number }>();
  for (const { rule, exception } of withStatus(findings, "excepted")) {
    if (exception === undefined) continue;
    const found = used.get(rule) ?? { rule, ...exception, count: 0 };
    used.set(rule, { ...found, count: found.count + 1 });
  }
  return [...used.values()];
}

/** What has to be fixed first, then what is allowed for now. */
export function guardrailsText(report: Report, paint: Paint): string {
  const { findings } = report;
  const violations = withStatus(findings, "violation").flatMap(({ rule, severity, message, fix }) => [
    `  ${paint.red("✗")} ${paint.bold(severity)} ${rule}: ${message}`,
    `      ${fix}`,
  ]);
  const notices = withStatus(findings, "notice").flatMap(({ message, fix }) => [
    `  ${paint.yellow("!")} ${message}`,
    `      ${fix}`,
  ]);
  const excepted = exceptionsInUse(findings).map(
    ({ rule, count, expires }) => `  ${rule} ${paint.dim(`${counted(count, "resource")}, until ${expires}`)}`,
  );
  return [
    `${paint.bold("Guardrails")} ${paint.dim(`· ${guardrailsSummary(report)}`)}`,
    ...violations,
    ...notices,
    ...(excepted.length > 0 ? [paint.dim("  Excepted (reasons: docs/guardrails.md)"), ...excepted] : []),
  ].join("\n");
}

/** For a pull request: the summary. */
export const guardrailsHead = (report: Report): string => `**Guardrails:** ${guardrailsSummary(report)}`;

/** For a pull request: what must be fixed. */
export const violationLines = (report: Report): string[] =>
  withStatus(report.findings, "violation").map(
    ({ rule, severity, message, fix }) => `- **${severity}** \`${rule}\`: ${plain(message)}. ${plain(fix)}`,
  );

/** Text that is not markup: a resource's name comes from configuration. */
export const plain = (text: string): string => text.replace(/[\\`*_[\]<>&|#]/g, "\\$&").replaceAll("\n", " ");
