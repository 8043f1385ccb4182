import { exitCodes } from "../../cli/exit-codes.ts";
import { existingMysql } from "./existing.ts";
import { ensureMysql } from "./mysql-binary.ts";
import { ensureRedis } from "./redis-binary.ts";

/**
 * Makes sure that there are server programs before something that needs them starts, so that a missing one is one clear
 * message and not a failure in the middle of a test run. Run by scripts/bootstrap.mjs.
 */
const wanted = [existingMysql() ? undefined : () => ensureMysql(), ensureRedis];
const problems: string[] = [];
// The end of the process clears away what is half fetched; a signal alone would not.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(name, () => process.exit(exitCodes.stopped));
for (const ensure of wanted) {
  try {
    await ensure?.();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
}
if (problems.length > 0) {
  process.stderr.write(`${problems.join("\n\n")}\n`);
  process.exitCode = 1;
}
