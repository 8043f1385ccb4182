/** `npm run rotate -- <environment> <secret…|--all>`: rotates secrets now, waits, and says what changed (R8). */
import { runCommand } from "./cli/command.ts";
import { consoleOn } from "./cli/progress.ts";
import { accessTo } from "./ops/rotate/access.ts";
import { rotateAll } from "./ops/rotate/all.ts";
import { rotateCommand, rotateOptionsOf } from "./ops/rotate/options.ts";
import { repair } from "./ops/rotate/repair.ts";

await runCommand(rotateCommand, async (given) => {
  const options = rotateOptionsOf(given);
  const console = consoleOn(process.stdout);
  const access = accessTo(options);
  if (!options.repair) return await rotateAll(options, access, console);
  console.print(`Repairing in ${access.where}:`);
  await repair(options, access, console);
  return 0;
});
