import { estimate } from "../../../infra/cost/index.ts";
import type { PlannedResource, ProgramRun } from "../../plan/monitor/index.ts";
import { componentGroupsOf } from "../../plan/preview/components.ts";

/** What goes, a line for each component, and what it costs. */
export function whatGoes(run: Pick<ProgramRun, "resources" | "project" | "stack">): string[] {
  const groups = componentGroupsOf(run).filter(({ count }) => count > 0);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const width = Math.max(0, ...groups.map(({ title }) => title.length));
  return [
    `${total} resources, about ${monthlyUsd(run.resources)} USD a month without traffic:`,
    ...columns(groups.map(({ title, count }) => `${title.padEnd(width)} ${String(count).padStart(4)}`)),
  ];
}

const monthlyUsd = (resources: readonly PlannedResource[]): string => estimate(resources).totalUsd.toFixed(0);

/** Three columns, read from top to bottom. */
function columns(cells: readonly string[]): string[] {
  const rows = Math.ceil(cells.length / 3);
  return Array.from({ length: rows }, (_, row) =>
    `  ${[row, row + rows, row + 2 * rows].map((index) => cells[index] ?? "").join("    ")}`.trimEnd(),
  );
}
