/** `npm run report -- <environment> top|slow`: what the database spends its time on, with the monitor user (D3). */
import * as z from "zod";
import { schemas } from "../app/contract/database-users.ts";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { wholeNumber } from "./cli/values.ts";
import { accessTo } from "./ops/database/access.ts";
import { inWords } from "./ops/database/explain.ts";
import { accessOptions, databaseFlags } from "./ops/database/options.ts";
import { loginOf, withSession } from "./ops/database/session.ts";
import { statementTable } from "./ops/database/statement-table.ts";
import { reports, statementReport } from "./ops/database/statements.ts";
import { credentialsNote } from "./ops/environment-flags.ts";

const terminalWidth = 120;
const bothNames = `Name an environment, and ${reports.join(" or ")}`;

const command = declare({
  name: "report",
  summary: "Shows what the database spends its time on, as counted since it was started.",
  forms: {
    "ENVIRONMENT top": "statements that took most time in all",
    "ENVIRONMENT slow": "statements that took longest once",
  },
  arguments: z.tuple([z.string(), z.enum(reports, bothNames)], bothNames),
  flags: {
    limit: { placeholder: "N", value: wholeNumber(), default: "10", description: "so many statements" },
    "all-schemas": { description: "those of other schemas too" },
    ...databaseFlags,
  },
  notes: credentialsNote,
  exits: { missing: "the sandbox does not run" },
  explain: inWords,
});

await runCommand(command, async ({ flags, arguments: [environment, kind] }) => {
  const { limit, via, json } = flags;
  const access = accessTo(accessOptions(environment, flags));
  const login = await loginOf(access, { purpose: "db-monitor", via });
  const only = flags["all-schemas"] ? undefined : Object.values(schemas);
  const report = await withSession(login, (session) =>
    statementReport(session, { kind, limit, schemas: only }),
  );
  const width = process.stdout.columns ?? terminalWidth;
  console.log(json ? JSON.stringify(report, undefined, 2) : statementTable(report, width));
  return 0;
});
