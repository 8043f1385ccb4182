/** `npm run drill:pitr`: loses a table on a real server, and brings it back as it was at a moment (D2). */
import { wrongUsage } from "../cli/errors.ts";
import { parseFlags, runCommand } from "../ops/database/options.ts";
import { pitrDrill } from "./pitr/drill.ts";
import { transcript } from "./transcript.ts";

const usage = `Drills point-in-time recovery on two MySQL servers of its own: a full backup under load, a dropped table, and the way back
to a moment before it. Nothing else is touched.

  npm run drill:pitr [-- --bookings 20000] [--changes 300]

Exit codes: 0 exactly what was there at the moment came back, 1 it did not, 2 wrong command line.`;

const flags = {
  bookings: { type: "string", default: "20000" },
  changes: { type: "string", default: "300" },
  help: { type: "boolean", short: "h" },
} as const;

const main = async (): Promise<number> => {
  const { values } = parseFlags(process.argv.slice(2), flags, usage);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const number = (name: "bookings" | "changes"): number => {
    const given = Number(values[name]);
    if (!Number.isInteger(given) || given < 1)
      throw wrongUsage(`--${name} takes a number, not "${values[name]}"`, usage);
    return given;
  };
  const options = { bookings: number("bookings"), changes: number("changes") };
  await pitrDrill({ ...options, transcript: transcript((line) => console.log(line)) });
  console.log(
    "\nExactly what was there at the moment came back; what came later is gone, the dropped table is not.",
  );
  return 0;
};

runCommand(main);
