import type { Report } from "./report.ts";

/** The report as one self-contained page. */
export function renderPage(report: Report): string {
  return report.run.stack;
}
