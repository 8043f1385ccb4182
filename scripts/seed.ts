/** `npm run seed -- <environment>`: made-up organisations and bookings, always the same (A11). */
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { consoleOn, silentConsole } from "./cli/progress.ts";
import { count, oneEnvironment } from "./cli/values.ts";
import { accessTo } from "./ops/database/access.ts";
import { withApplication } from "./ops/database/application.ts";
import { inWords } from "./ops/database/explain.ts";
import { accessOptions, databaseFlags } from "./ops/database/options.ts";
import { credentialsNote } from "./ops/environment-flags.ts";
import { mostBookings, organisations } from "./ops/seed/bookings.ts";
import { seedBookings, seedReport } from "./ops/seed/load.ts";
import { refuseProduction } from "./ops/seed/refusal.ts";

const command = declare({
  name: "seed",
  summary: `Fills ${organisations.length} organisations with made-up bookings of people who do not exist. The same seed gives the same data, and a second run adds nothing.`,
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  flags: {
    bookings: count(
      "so many bookings in all; the first organisation gets six of ten",
      10_000,
      1,
      mostBookings,
    ),
    seed: count(
      "which of the possible data sets; two of them in one environment get in each other's way",
      1,
      0,
    ),
    ...databaseFlags,
  },
  notes: `Not for production. Each batch of bookings is one transaction with an entry in the audit trail. ${credentialsNote}`,
  examples: ["npm run seed -- sandbox", "npm run seed -- staging --bookings 1000000"],
  exits: { refused: "the environment is a production", missing: "the sandbox does not run" },
  explain: inWords,
});

await runCommand(command, async ({ flags, arguments: [environment] }) => {
  const options = accessOptions(environment, flags);
  refuseProduction(options);
  const access = accessTo(options);
  const told = flags.json ? silentConsole : consoleOn(process.stdout);
  const result = await told.step(`bookings for ${environment}`, (at) =>
    withApplication(access, flags.via, (database) => seedBookings(database, flags, at)),
  );
  console.log(flags.json ? JSON.stringify(result, undefined, 2) : seedReport(result));
  return 0;
});
