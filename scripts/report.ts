/** `npm run report -- <environment> top|slow`: what the database spends its time on, with the monitor user (D3). */
import { schemas } from "../app/contract/database-users.ts";
import { wrongUsage } from "./cli/errors.ts";
import {
  commonFlags,
  commonUsage,
  parseFlags,
  runCommand,
  targetOptions,
  tunnelOf,
} from "./ops/database/options.ts";
import { loginOf, withSession } from "./ops/database/session.ts";
import { statementTable } from "./ops/database/statement-table.ts";
import { reports, statementReport } from "./ops/database/statements.ts";
import { targetOf } from "./ops/database/target.ts";

const usage = `Shows what the database spends its time on, as counted since it was started.

  npm run report -- ENVIRONMENT top      statements that took most time in all
  npm run report -- ENVIRONMENT slow     statements that took longest once

  --limit N            so many statements (default 10)
  --all-schemas        those of other schemas too
${commonUsage}`;

const flags = {
  ...commonFlags,
  limit: { type: "string", default: "10" },
  "all-schemas": { type: "boolean", default: false },
} as const;

const terminalWidth = 120;

const main = async (): Promise<number> => {
  const { values, positionals } = parseFlags(process.argv.slice(2), flags, usage);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [environment, asked, ...rest] = positionals;
  const kind = reports.find((name) => name === asked);
  if (environment === undefined || kind === undefined || rest.length > 0) {
    throw wrongUsage(`name an environment, and ${reports.join(" or ")}`, usage);
  }
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw wrongUsage(`--limit takes a number, not "${values.limit}"`, usage);
  const target = targetOf(targetOptions(environment, values));
  const login = await loginOf(target, { purpose: "db-monitor", via: tunnelOf(values.via, usage) });
  const only = values["all-schemas"] ? undefined : Object.values(schemas);
  const report = await withSession(login, (session) =>
    statementReport(session, { kind, limit, schemas: only }),
  );
  const width = process.stdout.columns ?? terminalWidth;
  console.log(values.json ? JSON.stringify(report, undefined, 2) : statementTable(report, width));
  return 0;
};

runCommand(main);
