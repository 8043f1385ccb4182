import * as z from "zod";
import { CommandError } from "../../cli/errors.ts";
import { type Prepared, preparedStatements } from "./prepared.ts";
import type { Session } from "./session.ts";

/** Which statements come first: those that took most time in all, or those that took longest once. */
export const reports = ["top", "slow"] as const;
type ReportKind = (typeof reports)[number];

const figures = z.object({
  schema: z.string().nullable(),
  /** The statement's shape: values are replaced by `?`, so no personal data shows. */
  statement: z.string(),
  /** Whether this is a statement that was prepared, counted for the connections that are open. */
  prepared: z.coerce.boolean(),
  count: z.coerce.number(),
  totalMs: z.coerce.number(),
  averageMs: z.coerce.number(),
  /** null: the server does not measure it. */
  p95Ms: z.coerce.number().nullable(),
  slowestMs: z.coerce.number(),
  /** Rows looked at for each row sent or changed: far above 1, an index is missing. */
  examined: z.coerce.number(),
  useful: z.coerce.number(),
  withoutIndex: z.coerce.number(),
  errors: z.coerce.number(),
  lastSeen: z.string().nullable(),
});
export type StatementFigures = z.infer<typeof figures>;

export interface StatementReport {
  kind: ReportKind;
  version: string;
  /** Seconds that the server has been up: figures are since then, or since they were emptied. */
  uptimeSeconds: number;
  /** Statement shapes that found no room and are counted together. */
  uncounted: number;
  /** Executions of prepared statements that are not listed, and whether the user may read them at all. */
  prepared: Pick<Prepared, "unlisted" | "readable">;
  statements: StatementFigures[];
}

export interface ReportOptions {
  kind: ReportKind;
  limit: number;
  schemas: readonly string[] | undefined;
}

/** performance_schema counts in picoseconds. */
const ms = (timer: string) => `ROUND(${timer} / 1e9, 3)`;

/**
 * What the server has counted of its statements, from tables of performance_schema alone (MySQL 8.0 and newer).
 * @throws CommandError when performance_schema is off
 */
export const statementReport = async (session: Session, options: ReportOptions): Promise<StatementReport> => {
  const [server] = await session.query("SELECT VERSION() AS version, @@performance_schema AS counting");
  if (Number(server?.counting) !== 1) {
    throw new CommandError(
      "performance_schema is off on this server, so it counts nothing: on RDS take performance_schema out of the parameter group, so that Database Insights turns it on; elsewhere set it to 1. Then restart the server.",
    );
  }
  const [uptime] = await session.query(
    "SELECT variable_value AS seconds FROM performance_schema.global_status WHERE variable_name = 'Uptime'",
  );
  const [lost] = await session.query(
    "SELECT COALESCE(SUM(count_star), 0) AS n FROM performance_schema.events_statements_summary_by_digest WHERE digest IS NULL",
  );
  const { kind, limit } = options;
  const rows = await session.query(select(options), values(options));
  const { rows: others, ...prepared } = await preparedStatements(session, {
    slowestFirst: kind === "slow",
    limit: options.limit,
  });
  const by = kind === "top" ? "totalMs" : "slowestMs";
  const statements = z
    .array(figures)
    .parse([...rows, ...others])
    .sort((one, other) => other[by] - one[by]);
  return {
    kind,
    version: String(server?.version),
    uptimeSeconds: Number(uptime?.seconds),
    uncounted: Number(lost?.n),
    prepared,
    statements: statements.slice(0, limit),
  };
};

const select = ({ kind, schemas }: ReportOptions): string => `
  SELECT schema_name AS \`schema\`, digest_text AS statement, FALSE AS prepared, count_star AS count,
    ${ms("sum_timer_wait")} AS totalMs, ${ms("avg_timer_wait")} AS averageMs,
    ${ms("quantile_95")} AS p95Ms, ${ms("max_timer_wait")} AS slowestMs,
    sum_rows_examined AS examined, sum_rows_sent + sum_rows_affected AS useful,
    sum_no_index_used AS withoutIndex, sum_errors AS errors, CAST(last_seen AS CHAR) AS lastSeen
  FROM performance_schema.events_statements_summary_by_digest
  WHERE digest IS NOT NULL ${schemas ? "AND schema_name IN (?)" : ""}
  ORDER BY ${kind === "top" ? "sum_timer_wait" : "max_timer_wait"} DESC
  LIMIT ?`;

const values = ({ schemas, limit }: ReportOptions): unknown[] => (schemas ? [schemas, limit] : [limit]);
