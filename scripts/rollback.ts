/** `npm run rollback -- <environment>`: deploys the image before the present one (S15). */
import { runCommand } from "./cli/command.ts";
import { rollbackCommand } from "./ops/release/commands.ts";
import { rollback } from "./ops/release/release.ts";
import { typedRelease } from "./ops/release/surroundings.ts";

await runCommand(rollbackCommand, ({ arguments: [environment] }, stop) => {
  // A second Ctrl-C is Pulumi's, which is passed it: ending first would leave it without its parent.
  stop.onSecond(() => undefined);
  return rollback(typedRelease(environment, stop.signal));
});
