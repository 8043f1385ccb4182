import type { Comparison } from "./comparison.ts";
import { shortType } from "./components.ts";
import { costByComponent, costHead, costLines } from "./cost.ts";
import { type Danger, dangerSummary, dangersOf, losesData } from "./data-loss.ts";
import { type Changes, isEmpty, type ResourceChange } from "./diff.ts";
import { propertyLine, summary } from "./diff-text.ts";
import { guardrailsHead, plain, violationLines } from "./guardrails.ts";
import { fenced, folded, foldedIfLong, limited, quoted, type Section, short } from "./markdown-size.ts";
import type { Report } from "./report.ts";

/**
 * The report as a comment on a pull request: first, in a few lines, what is at risk, what changes, what the guardrails say and
 * what it costs; then, folded, the details. It is never longer than half of what GitHub takes, so that the comment has room for
 * two environments: what matters least gives way, and says that it did.
 */
export function renderMarkdown(report: Report, compared?: Comparison): string {
  const { run, total } = report;
  return limited([
    [`### Preview of \`${run.stack}\` (${run.identity.region}): ${total} resources`],
    ...run.warnings.map((warning): Section => [alert("WARNING", short(warning, 2_000).split("\n"))]),
    compared ? dangersSection(compared.changes) : [],
    compared ? [isEmpty(compared.changes) ? "Nothing changes." : `**${summary(compared.changes)}**`] : [],
    withRest([guardrailsHead(report)], violationLines(report), 20),
    [costHead(report.cost, compared?.costs)],
    compared ? changesSection(compared.changes) : [],
    compared ? costSection(compared) : [],
    compared ? pictureSection(compared) : [],
    [costByComponent(report.cost), ""],
    [countsSection(report), ""],
  ]);
}

const alert = (kind: "WARNING" | "CAUTION", lines: readonly string[]): string =>
  quoted([`[!${kind}]`, ...lines]);

/** All lines, or as many as are worth the room, and how many more there are. */
const withRest = (head: readonly string[], lines: readonly string[], most: number): Section => {
  const rest = lines.length - most;
  const all = [...head, ...lines].join("\n");
  return rest > 0 ? [all, [...head, ...lines.slice(0, most), `- … and ${rest} more`].join("\n")] : [all];
};

/** An alert that GitHub sets apart by colour. */
function dangersSection(changes: Changes): Section {
  const dangers = dangersOf(changes);
  if (dangers.length === 0) return [];
  const head = `**Data at risk:** ${dangerSummary(dangers)}`;
  const kind = losesData(dangers) ? "CAUTION" : "WARNING";
  return withRest([head], dangers.map(dangerLine), 20).map((text) => alert(kind, text.split("\n")));
}

function dangerLine({ loses, type, names, problem, fix }: Danger): string {
  const named = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names;
  return `- ${loses ? "**lost**" : "caution"}: \`${shortType(type)} ${named.join(", ")}\`: ${problem}. ${fix}`;
}

/** What changes, resource by resource; without their properties where these take too much room, and at last only the first. */
function changesSection(changes: Changes): Section {
  if (isEmpty(changes)) return [];
  const heads = changeLines(changes, () => []);
  const all = changeLines(changes, ({ resource, properties }) =>
    properties.map((property) => `    ${propertyLine(property, resource)}`),
  );
  const most = 100;
  const first = [...heads.slice(0, most), `# and ${heads.length - most} more`];
  return [all, heads, ...(heads.length > most ? [first] : [])].map((lines) =>
    foldedIfLong("What changes", fenced("diff", lines)),
  );
}

/** The losses come first, since the end of a list is what gives way. */
function changeLines(
  { added, removed, changed, outputs }: Changes,
  details: (
    change: Pick<ResourceChange, "properties"> & { resource?: ResourceChange["resource"] },
  ) => string[],
): string[] {
  const lineOf = (mark: string) => (change: ResourceChange) => [
    `${mark} ${shortType(change.resource.type)} ${change.resource.name}`,
    ...details(change),
  ];
  return [
    ...removed.map(({ type, name }) => `- ${shortType(type)} ${name}`),
    ...changed.filter(({ replaced }) => replaced).flatMap(lineOf("-/+")),
    ...added.map(({ type, name }) => `+ ${shortType(type)} ${name}`),
    ...changed.filter(({ replaced }) => !replaced).flatMap(lineOf("!")),
    ...(outputs.length > 0 ? ["! outputs", ...details({ properties: outputs })] : []),
  ];
}

function costSection({ costs }: Comparison): Section {
  const lines = costLines(costs);
  return lines === "" ? [] : [foldedIfLong("What the change costs", lines), ""];
}

/** The picture itself cannot stand in a comment: what differs in it can. */
function pictureSection({ picture }: Comparison): Section {
  if (picture.length === 0) return [];
  const lines = picture.map((part) => `! ${propertyLine(part)}`);
  return [foldedIfLong("What changes in the picture", fenced("diff", lines)), ""];
}

function countsSection({ groups: parts, total }: Report): string {
  const rows = parts.map(({ title, count }) => `| ${plain(title)} | ${count} |`);
  const table = ["| Component | Resources |", "|---|--:|", ...rows, `| **total** | **${total}** |`];
  return folded("Resources per component", table.join("\n"));
}
