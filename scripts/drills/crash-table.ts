/** `npm run crash-table`: breaks rotation and writes off wherever they can break, against real servers, and counts the cases (R9, A12). */
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { consoleOn } from "../cli/progress.ts";
import { noArguments } from "../cli/values.ts";
import { ensureMysql, ensureRedis, existingMysql, temporaryFolder } from "../local/servers/index.ts";
import { casesOf, crashTable, writeFaultTable } from "./rotation/crash-table.ts";
import { runVitest } from "./vitest.ts";

/** Where the cases are: the same tests that `npm test` runs. */
const files = [
  "test/infra/functions/rotation",
  "test/infra/functions/rotate-all",
  "test/infra/functions/bootstrap/crash.test.ts",
  "test/app/process/write-faults.test.ts",
];
/** How often each server is killed under writes; `npm test` does it once. */
const writeFaultRounds = 10;

const command = declare({
  name: "crash-table",
  summary:
    "Breaks rotation and bootstrap off before and after everything they change, and kills the API, MySQL and Redis in the middle of writes, all of its own; counts the cases and how they ended.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {},
  notes: "Two to four minutes on two cores.",
  exits: { done: "every case ended as it must", failure: "one did not" },
  stopped: "",
});

await runCommand(command, async (_given, { signal }) => {
  if (!existingMysql()) await ensureMysql();
  await ensureRedis();
  const folder = temporaryFolder("crash-table");
  // The servers of the tests have accounts of their own, and temporary files.
  chmodSync(folder.path, 0o1777);
  try {
    const output = join(folder.path, "results.json");
    const told = consoleOn(process.stdout);
    const passed = await told.step("rotation, bootstrap and writes broken off at every point", (at) => {
      let cases = 0;
      const reporters = ["--reporter", "verbose", "--reporter", "json", "--outputFile.json", output];
      return runVitest({
        args: ["--project", "unit", ...reporters, ...files],
        // What the tests leave behind when Ctrl-C ends them goes with the folder.
        env: { TMPDIR: folder.path, WRITE_FAULT_ROUNDS: String(writeFaultRounds) },
        signal,
        onTest: () => at(`${++cases} cases`),
      });
    });
    const results: unknown = JSON.parse(readFileSync(output, "utf8"));
    const table = crashTable(casesOf(results));
    told.print(`\n${table.text}\n\n${writeFaultTable(results)}`);
    return table.failed === 0 && passed ? exitCodes.done : exitCodes.failure;
  } finally {
    folder.remove();
  }
});
