/** `npm run bench:lists`: what each filter and search of the list costs with a million bookings, and how MySQL reads it (A11). */
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { consoleOn, silentConsole } from "../cli/progress.ts";
import { count, noArguments } from "../cli/values.ts";
import { inWords } from "../ops/database/explain.ts";
import { mostBookings } from "../ops/seed/bookings.ts";
import { measure } from "./lists-bench/measure.ts";
import { report, wholeReads } from "./lists-bench/report.ts";

const command = declare({
  name: "bench:lists",
  summary:
    "Fills a MySQL server of its own with bookings as npm run seed does, and measures a page of the list with each filter and search, by the API's own code and prepared statements. The baseline is a read by primary key.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    bookings: count(
      "bookings in the database; the organisation that asks has six of ten",
      mostBookings,
      1_000,
      mostBookings,
    ),
    rounds: count("how often each kind of page is asked for, each time with other values", 300, 1, 100_000),
    json: { description: "the result as JSON on stdout" },
  },
  notes: "About three minutes on two idle cores, and 1.5 GiB of disk and memory each.",
  exits: { failure: "a page reads or sorts all bookings of its organisation" },
  explain: inWords,
});

await runCommand(command, async ({ flags }) => {
  const told = flags.json ? silentConsole : consoleOn(process.stdout);
  const results = await told.step("benchmark of the list", (at) => measure(flags, at));
  console.log(flags.json ? JSON.stringify(results, undefined, 2) : report(results));
  return wholeReads(results).length === 0 ? exitCodes.done : exitCodes.failure;
});
