/** `npm run release -- <environment> --image …@sha256:…`: deploys an image, and goes back by itself where it fails (S15). */
import { runCommand } from "./cli/command.ts";
import { releaseCommand } from "./ops/release/commands.ts";
import { release } from "./ops/release/release.ts";
import { typedRelease } from "./ops/release/surroundings.ts";

await runCommand(releaseCommand, ({ flags: { image = "", plan }, arguments: [environment] }, stop) => {
  // A second Ctrl-C is Pulumi's, which is passed it: ending first would leave it without its parent.
  stop.onSecond(() => undefined);
  return release(typedRelease(environment, stop.signal), image, plan);
});
