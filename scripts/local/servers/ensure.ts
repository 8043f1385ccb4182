import { existingMysql } from "./existing.ts";
import { ensureMysql } from "./mysql-binary.ts";
import { ensureRedis } from "./redis-binary.ts";

/**
 * Makes sure that there are server programs before something that needs them starts, so that a missing one is one clear
 * message and not a failure in the middle of a test run. Run by scripts/bootstrap.mjs --servers.
 */
const wanted = [existingMysql() ? undefined : () => ensureMysql(), ensureRedis];
const problems: string[] = [];
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
