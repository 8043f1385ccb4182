import type { CostDifference } from "../../../infra/cost/index.ts";
import { architectureOf } from "./architecture.ts";
import { drawDashboard } from "./dashboard.ts";
import type { Changes } from "./diff.ts";
import { costSection, guardrailsSection } from "./html-judgement.ts";
import {
  changesSection,
  headerSection,
  outputsSection,
  partsSection,
  tilesSection,
} from "./html-sections.ts";
import { pageStyle } from "./html-style.ts";
import { drawArchitecture, type Picture } from "./picture.ts";
import type { Report } from "./report.ts";
import { escapeMarkup } from "./svg.ts";

/**
 * The report as one self-contained page: no script, nothing loaded, everything from the plan escaped. Sections stand in the
 * order of reading; each is a function of the report.
 */
export function renderPage(report: Report, changes?: Changes, costs?: CostDifference): string {
  const architecture = architectureOf(report.run);
  const { project, stack } = report.run;
  const sections = [
    headerSection(report),
    tilesSection(report, architecture),
    ...report.run.warnings.map(
      (warning) => `<section><h2>Warning</h2><pre>${escapeMarkup(warning)}</pre></section>`,
    ),
    changes ? changesSection(changes) : "",
    pictureSection(drawArchitecture(architecture)),
    dashboardSection(drawDashboard(report.run)),
    guardrailsSection(report),
    costSection(report, costs),
    partsSection(report),
    outputsSection(report),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(`${project} ${stack}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
${sections.filter((section) => section !== "").join("\n")}
</main>
</body>
</html>
`;
}

function dashboardSection(svg: string | undefined): string {
  if (svg === undefined) return "";
  return `<section>
<h2>Dashboard</h2>
<figure>
<div class="picture" role="region" aria-label="Picture of the dashboard" tabindex="0">${svg}</div>
<figcaption><p>Graphs and thresholds are the plan's, the data is made up. A red line is an alarm's threshold; it rings on the shaded side.</p></figcaption>
</figure>
</section>`;
}

function pictureSection(picture: Picture | undefined): string {
  if (picture === undefined) return "";
  const flows = picture.flows.map(({ number, text }) => `<li value="${number}">${escapeMarkup(text)}</li>`);
  return `<section>
<h2>Architecture</h2>
<figure>
<div class="picture" role="region" aria-label="Picture of the architecture" tabindex="0">${picture.svg}</div>
<figcaption>
<p>Drawn from the plan. Which zone holds a primary, a standby or a pod is AWS's and Kubernetes' choice; the picture shows one.
Public subnets are reachable from the internet, private ones only send outwards through NAT, isolated ones do neither.</p>
<ol class="flows">${flows.join("\n")}</ol>
</figcaption>
</figure>
</section>`;
}
