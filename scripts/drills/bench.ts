/** `npm run bench`: every benchmark, one after the other. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { noArguments } from "../cli/values.ts";

const benchmarks = ["api-bench.ts", "lists-bench.ts", "backup-bench.ts"];

const command = declare({
  name: "bench",
  summary:
    "Runs bench:api, bench:lists and bench:backup with their defaults; each has flags of its own. About fifteen minutes on two idle cores.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {},
  exits: { failure: "a benchmark failed, or found less than is promised; the others ran" },
});

await runCommand(command, async () => {
  let worst: number = exitCodes.done;
  for (const file of benchmarks) {
    const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
      stdio: "inherit",
    });
    const code =
      z
        .number()
        .nullable()
        .parse((await once(child, "exit"))[0]) ?? exitCodes.stopped;
    if (code === exitCodes.stopped) return code;
    worst ||= code;
  }
  return worst;
});
