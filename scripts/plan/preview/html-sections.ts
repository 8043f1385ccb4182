import { counted } from "../../cli/words.ts";
import type { Architecture } from "./architecture.ts";
import { type ComponentGroup, type Node, shortType } from "./components.ts";
import { dangerSummary, dangersOf } from "./data-loss.ts";
import { type Changes, isEmpty } from "./diff.ts";
import { propertyLine, summary } from "./diff-text.ts";
import { briefly, highlightsOf } from "./highlights.ts";
import { outputLines, type Report } from "./report.ts";
import { escapeMarkup as safe } from "./svg.ts";

export function headerSection({ run, total, groups: parts, seconds }: Report): string {
  const facts = [
    run.identity.region,
    counted(total, "resource"),
    counted(parts.filter(({ kind }) => kind !== undefined).length, "component"),
    `planned in ${seconds.toFixed(1)} s`,
  ];
  return `<header>
<h1>${safe(run.project)} <span>${safe(run.stack)}</span></h1>
<p>${safe(facts.join(" · "))}</p>
<p class="note">An offline plan: what <code>pulumi up</code> would make in an empty account. Ids, ARNs and host names are made up in the shape of AWS's.</p>
</header>`;
}

/** The figures a reader looks for first. */
export function tilesSection({ total }: Report, architecture: Architecture): string {
  const { zones, api, database, cache, secrets, logs } = architecture;
  const tiles: [string, string, string][] = [
    [String(total), "resources", `in ${architecture.region}`],
    [
      String(zones.length),
      zones.length === 1 ? "availability zone" : "availability zones",
      counted(zones.filter(({ nat }) => nat).length, "NAT gateway"),
    ],
  ];
  if (api)
    tiles.push([
      api.most === undefined ? String(api.replicas) : `${api.replicas}–${api.most}`,
      "API pods",
      `port ${api.port ?? "?"}`,
    ]);
  if (database)
    tiles.push([
      database.engine,
      database.multiAz ? "database, Multi-AZ" : "database, one zone",
      `${database.class ?? ""}, ${counted(database.retentionDays ?? 0, "day")} of backups`,
    ]);
  if (cache) tiles.push([cache.engine, counted(cache.nodes, "cache node"), cache.nodeType ?? ""]);
  tiles.push([String(secrets.count), "secrets", `${secrets.rotated} rotated by schedule`]);
  if (logs.alarms > 0)
    tiles.push([String(logs.alarms), "alarms", counted(architecture.topics.length, "topic")]);
  const items = tiles.map(
    ([figure, what, more]) =>
      `<li><b>${safe(figure)}</b><span>${safe(what)}</span><small>${safe(more)}</small></li>`,
  );
  return `<ul class="tiles">\n${items.join("\n")}\n</ul>`;
}

function dangersList(changes: Changes): string {
  const dangers = dangersOf(changes);
  if (dangers.length === 0) return "";
  const items = dangers.map(
    ({ loses, type, names, problem, fix }) =>
      `<li class="${loses ? "removed" : "changed"}"><b>${loses ? "✗" : "!"}</b> <span class="type">${safe(shortType(type))}</span> ${safe(`${names.join(", ")}: ${problem}. ${fix}`)}</li>`,
  );
  return `<p><strong>Data at risk: ${safe(dangerSummary(dangers))}</strong></p><ul class="changes">${items.join("\n")}</ul>`;
}

export function changesSection(changes: Changes): string {
  const item = (mark: string, className: string, { type, name }: { type: string; name: string }, more = "") =>
    `<li class="${className}"><b>${mark}</b> <span class="type">${safe(shortType(type))}</span> ${safe(name)}${more}</li>`;
  const properties = (lines: string[]) =>
    `<ul>${lines.map((line) => `<li><code>${safe(line)}</code></li>`).join("")}</ul>`;
  const items = [
    ...changes.added.map((resource) => item("+", "added", resource)),
    ...changes.removed.map((resource) => item("−", "removed", resource)),
    ...changes.changed.map(({ resource, properties: all, replaced }) =>
      item(
        replaced ? "±" : "~",
        replaced ? "removed" : "changed",
        resource,
        properties(all.map((property) => propertyLine(property, resource))),
      ),
    ),
  ];
  if (changes.outputs.length > 0)
    items.push(
      `<li class="changed"><b>~</b> outputs${properties(changes.outputs.map((output) => propertyLine(output)))}</li>`,
    );
  const body = isEmpty(changes)
    ? "<p>Nothing changes.</p>"
    : `<p>${safe(summary(changes))}</p><ul class="changes">${items.join("\n")}</ul>`;
  return `<section><h2>Changes</h2>${dangersList(changes)}${body}</section>`;
}

export function partsSection(report: Report): string {
  return `<section>\n<h2>Resources by component</h2>\n${report.groups.map(groupDetails).join("\n")}\n</section>`;
}

function groupDetails({ title, kind, count, nodes }: ComponentGroup): string {
  const rows = nodes.flatMap((node) => resourceRows(node, 0));
  return `<details>
<summary><b>${safe(title)}</b> <span>${safe(kind ?? "")}</span> <i>${count}</i></summary>
<div class="table"><table><thead><tr><th>Type</th><th>Name</th><th>What matters</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>
</details>`;
}

function resourceRows({ resource, label, children }: Node, depth: number): string[] {
  const facts = highlightsOf(resource).map(
    ({ property, value }) => `<span><i>${safe(property)}</i> ${safe(value)}</span>`,
  );
  const marks = [
    resource.protect ? "<span>protected</span>" : "",
    resource.retainOnDelete ? "<span>retained</span>" : "",
  ];
  const row = `<tr${resource.component ? ' class="component"' : ""}><td class="depth${Math.min(depth, 4)}">${safe(shortType(resource.type))}</td><td>${safe(label)}</td><td class="facts">${[...facts, ...marks].join(" ")}</td></tr>`;
  return [row, ...children.flatMap((child) => resourceRows(child, depth + 1))];
}

export function outputsSection({ run }: Report): string {
  const rows = outputLines(run.outputs).map(
    ([key, value]) =>
      `<tr><th scope="row">${safe(key)}</th><td><code>${safe(briefly(value, 200))}</code></td></tr>`,
  );
  if (rows.length === 0) return "";
  return `<section>\n<h2>Outputs</h2>\n<div class="table"><table><tbody>${rows.join("\n")}</tbody></table></div>\n</section>`;
}
