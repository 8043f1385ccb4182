/** `npm run drill:pitr`: loses a table on a real server, and brings it back as it was at a moment (D2). */
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { consoleOn } from "../cli/progress.ts";
import { count, noArguments } from "../cli/values.ts";
import { inWords } from "../ops/database/explain.ts";
import { pitrDrill } from "./pitr/drill.ts";

const command = declare({
  name: "drill:pitr",
  summary:
    "Drills point-in-time recovery on two MySQL servers of its own: a full backup under load, a dropped table, and the way back to a moment before it. Nothing else is touched.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    bookings: count("bookings that are there before anything happens", 20_000, 1, 1_000_000),
    changes: count(
      "changes in each of the three stretches: before, up to, and after the moment",
      300,
      1,
      100_000,
    ),
  },
  exits: { done: "exactly what was there at the moment came back", failure: "it did not" },
  explain: inWords,
});

await runCommand(command, async ({ flags }) => {
  const told = consoleOn(process.stdout);
  await told.step("point-in-time recovery", () => pitrDrill({ ...flags, console: told }));
  told.print(
    "\nExactly what was there at the moment came back; what came later is gone, the dropped table is not.",
  );
  return 0;
});
