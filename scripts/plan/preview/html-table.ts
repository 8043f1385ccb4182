import { escapeMarkup } from "./svg.ts";

/** A column: figures stand right-aligned, short texts (a date, a count) never break; the rest is prose. */
export interface Column {
  head: string;
  kind?: "figure" | "short";
}

/** A table whose rows are cells of markup. Where the page is narrow, cells stand below each other, figures with their column's name. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const heads = columns.map(({ head, kind }) => `<th${classOf(kind)}>${escapeMarkup(head)}</th>`);
  const lines = rows.map((cells) => {
    const named = cells.map((cell, index) => cellOf(cell, columns[index]));
    return `<tr>${named.join("")}</tr>`;
  });
  return `<div class="table"><table><thead><tr>${heads.join("")}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>`;
}

const classOf = (kind: Column["kind"]): string => (kind ? ` class="${kind}"` : "");

const cellOf = (cell: string, column: Column | undefined): string =>
  column?.kind
    ? `<td${classOf(column.kind)} data-head="${escapeMarkup(column.head)}">${cell}</td>`
    : `<td>${cell}</td>`;
