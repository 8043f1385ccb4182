/** `npm run bench:backup`: time, size and peak memory of backing up and restoring bookings, against a plain dump (D2). */
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { consoleOn, silentConsole } from "../cli/progress.ts";
import { count, noArguments } from "../cli/values.ts";
import { inWords } from "../ops/database/explain.ts";
import { measure, report } from "./bench/rounds.ts";

const command = declare({
  name: "bench:backup",
  summary:
    "Measures backup and restore on two MySQL servers of its own, each piece of work in a process of its own. The baseline is the same dump by the same reader and loader as plain text: neither compressed nor encrypted, and not verified after loading.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    bookings: count("bookings that are backed up", 200_000, 1, 10_000_000),
    rounds: count("how often; the figures are medians over the rounds", 3, 1, 1_000),
    json: { description: "the result as JSON on stdout" },
  },
  exits: {},
  explain: inWords,
});

await runCommand(command, async ({ flags }) => {
  const told = flags.json ? silentConsole : consoleOn(process.stdout);
  const results = await told.step("benchmark of backup and restore", (at) =>
    measure(flags.bookings, flags.rounds, at),
  );
  console.log(flags.json ? JSON.stringify(results, undefined, 2) : report(results));
  return 0;
});
