import { codeOf } from "../../cli/errors.ts";
import type { Session } from "./session.ts";

/** Prepared statements that a report lists besides those counted by shape, and how many executions it cannot list. */
export interface Prepared {
  /** Rows of figures, the first ones of the report's order. */
  rows: Readonly<Record<string, unknown>>[];
  /** Executions on connections that are closed since, or all where the user may not read them. */
  unlisted: number;
  /** Whether the user may read them. */
  readable: boolean;
}

/**
 * MySQL 8.0 counts executions of prepared statements by connection alone, and forgets them when it closes. MySQL 9.7 counts them by
 * shape as well, as EXECUTE SELECT …; there is nothing to add then. (EXECUTE `name` is the SQL statement of that name.)
 */
const countedByShape = `SELECT COUNT(*) AS n FROM performance_schema.events_statements_summary_by_digest
  WHERE digest_text LIKE 'EXECUTE %' AND digest_text NOT LIKE 'EXECUTE \`%'`;
const instances = "performance_schema.prepared_statements_instances";

/** What the server has counted of prepared statements where their shapes do not show them. */
export const preparedStatements = async (
  session: Session,
  { slowestFirst, limit }: { slowestFirst: boolean; limit: number },
): Promise<Prepared> => {
  if ((await numberOf(session, countedByShape)) > 0) return { rows: [], unlisted: 0, readable: true };
  // The tables of performance_schema leave the counters of commands out.
  const [executions] = await session.query("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
  const executed = Number(executions?.Value ?? 0);
  try {
    const listed = await numberOf(session, `SELECT SUM(count_execute) AS n FROM ${instances}`);
    const rows = await session.query(select(slowestFirst), [limit]);
    const shapes = rows.map((row) => ({ ...row, statement: shapeOf(String(row.statement)) }));
    return { rows: shapes, unlisted: Math.max(0, executed - listed), readable: true };
  } catch (error) {
    if (!/ACCESS_DENIED/.test(codeOf(error) ?? "")) throw error;
    return { rows: [], unlisted: executed, readable: false };
  }
};

const numberOf = async (session: Session, sql: string): Promise<number> =>
  Number((await session.query(sql))[0]?.n ?? 0);

const select = (slowestFirst: boolean): string => `
  SELECT NULL AS \`schema\`, sql_text AS statement, TRUE AS prepared, SUM(count_execute) AS count,
    ROUND(SUM(sum_timer_execute) / 1e9, 3) AS totalMs,
    ROUND(SUM(sum_timer_execute) / SUM(count_execute) / 1e9, 3) AS averageMs,
    NULL AS p95Ms, ROUND(MAX(max_timer_execute) / 1e9, 3) AS slowestMs,
    SUM(sum_rows_examined) AS examined, SUM(sum_rows_sent + sum_rows_affected) AS useful,
    SUM(sum_no_index_used) AS withoutIndex, SUM(sum_errors) AS errors, NULL AS lastSeen
  FROM ${instances} WHERE count_execute > 0
  GROUP BY sql_text
  ORDER BY ${slowestFirst ? "MAX(max_timer_execute)" : "SUM(sum_timer_execute)"} DESC
  LIMIT ?`;

/**
 * The text of a prepared statement with `?` for every value that stands in it: the server keeps the text as it was prepared, up to
 * 1,024 bytes, and its own function for shapes refuses texts with placeholders.
 */
const shapeOf = (sql: string): string =>
  sql
    .replaceAll(/'(?:[^'\\]|\\.|'')*(?:'|$)|"(?:[^"\\]|\\.|"")*(?:"|$)/gs, "?")
    .replaceAll(/\/\*.*?(?:\*\/|$)|(?:--\s|#).*$/gms, " ")
    .replaceAll(/(?<![\w`$])(?:0x[\da-f]+|\d[\w.]*)/gi, "?")
    .replaceAll(/\s+/g, " ")
    .trim();
