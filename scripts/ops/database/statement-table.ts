import { count } from "../../cli/words.ts";
import type { StatementFigures, StatementReport } from "./statements.ts";

interface Column {
  title: string;
  value: (one: StatementFigures) => string;
}

const time = (milliseconds: number): string => {
  if (milliseconds >= 60_000) return `${(milliseconds / 60_000).toFixed(1)} min`;
  return milliseconds >= 1_000 ? `${(milliseconds / 1_000).toFixed(2)} s` : `${milliseconds.toFixed(1)} ms`;
};

/** Rows looked at for each one that was of use. */
const effort = ({ examined, useful }: StatementFigures): string =>
  examined === 0 ? "-" : (examined / Math.max(useful, 1)).toFixed(examined >= 10 * useful ? 0 : 1);

const columns: readonly Column[] = [
  { title: "total", value: ({ totalMs }) => time(totalMs) },
  { title: "calls", value: (one) => count(one.count) },
  { title: "average", value: ({ averageMs }) => time(averageMs) },
  { title: "p95", value: ({ p95Ms }) => (p95Ms === null ? "-" : time(p95Ms)) },
  { title: "slowest", value: ({ slowestMs }) => time(slowestMs) },
  { title: "rows/use", value: effort },
  { title: "no index", value: ({ withoutIndex }) => (withoutIndex === 0 ? "-" : count(withoutIndex)) },
  { title: "errors", value: ({ errors }) => (errors === 0 ? "-" : count(errors)) },
];

const headings = { top: "Most time in all", slow: "Slowest" } as const;

/**
 * The report for a person: figures in columns, below each its statement.
 * @param width characters in a line; longer statements are cut there
 */
export const statementTable = (report: StatementReport, width: number): string => {
  const { kind, statements, version, uptimeSeconds } = report;
  const up =
    uptimeSeconds >= 7_200
      ? `${Math.round(uptimeSeconds / 3_600)} h`
      : `${Math.round(uptimeSeconds / 60)} min`;
  const heading = `${headings[kind]}, MySQL ${version}, up for ${up}`;
  const left = leftOut(report).map((text) => `\n${text}`);
  if (statements.length === 0) return [`${heading}: no statement yet.`, ...left].join("\n");
  const cells = statements.map((one) => columns.map(({ value }) => value(one)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts.map((text, index) => text.padStart(widths[index] ?? 0)).join("  ");
  return [
    `${heading}:`,
    "",
    `     ${line(columns.map(({ title }) => title))}`,
    ...statements.flatMap(({ schema, statement, prepared }, index) => [
      `${String(index + 1).padStart(3)}. ${line(cells[index] ?? [])}`,
      cut(`     ${prepared ? "prepared" : (schema ?? "-")}: ${statement}`, width),
    ]),
    ...left,
  ].join("\n");
};

/** What the report cannot list, in words. */
const leftOut = ({ uncounted, prepared: { unlisted, readable }, version }: StatementReport): string[] => [
  ...(uncounted > 0
    ? [
        `${count(uncounted)} calls of other shapes found no room and are not listed (performance_schema_digests_size).`,
      ]
    : []),
  ...(unlisted > 0
    ? [
        `${count(unlisted)} executions of prepared statements are not listed: ${
          readable
            ? `MySQL ${version} counts them by connection, and these connections are closed.`
            : "this user may not read performance_schema.prepared_statements_instances. The next deployment grants it."
        }`,
      ]
    : []),
];

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;
