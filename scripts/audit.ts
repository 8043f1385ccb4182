/** `npm run audit -- <environment> verify`: whether the audit trail is what was written (A14). */
import * as z from "zod";
import { schemas } from "../app/contract/database-users.ts";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { consoleOn } from "./cli/progress.ts";
import { path, text } from "./cli/values.ts";
import { readHeads } from "./ops/audit/heads.ts";
import { verificationReport } from "./ops/audit/report.ts";
import { verifyChains } from "./ops/audit/verify.ts";
import { accessTo } from "./ops/database/access.ts";
import { inWords } from "./ops/database/explain.ts";
import { accessOptions, migratorFlags, migratorLogin } from "./ops/database/options.ts";
import { withSession } from "./ops/database/session.ts";
import { credentialsNote } from "./ops/environment-flags.ts";

const bothNames = "Name an environment, and verify";

const command = declare({
  name: "audit",
  summary:
    "Says whether the audit trail is what was written: names the first entry altered, missing, added or moved.",
  forms: { "ENVIRONMENT verify": "follows each organisation's hash chain, and shows its head" },
  arguments: z.tuple([z.string(), z.enum(["verify"], bothNames)], bothNames),
  flags: {
    schema: {
      placeholder: "NAME",
      value: text,
      default: schemas.data,
      description: "the data schema: one that a restore has made, for one",
    },
    expect: {
      placeholder: "FILE",
      value: path,
      description:
        "compare with what an earlier run wrote with --json: a chain that was written anew is seen then",
    },
    ...migratorFlags,
  },
  notes: `Whoever can write both schemas can write a chain anew that is whole in itself: keep what --json writes where they cannot (docs/audit.md). ${credentialsNote}`,
  examples: [
    "npm run --silent audit -- production verify --json > heads.json",
    "npm run audit -- production verify --expect heads.json",
    "npm run audit -- production verify --schema bulwark_restore",
  ],
  exits: { failure: "a chain is broken", missing: "the sandbox does not run" },
  explain: inWords,
});

await runCommand(command, async ({ flags, arguments: [environment] }) => {
  const expected = flags.expect === undefined ? new Map() : readHeads(flags.expect);
  const access = accessTo(accessOptions(environment, flags));
  const login = await migratorLogin(access, flags);
  const chains = await consoleOn(process.stderr).step(`audit trail of ${environment}`, (progress) =>
    withSession(login, (session) => verifyChains(session, { schema: flags.schema, expected, progress })),
  );
  console.log(flags.json ? JSON.stringify({ chains }, undefined, 2) : verificationReport(chains));
  return chains.some(({ fault }) => fault !== undefined) ? exitCodes.failure : exitCodes.done;
});
