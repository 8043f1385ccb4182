/** `npm run teardown -- <environment>`: deletes an environment, sweeps up after it and checks that nothing is left (S14). */
import { askAtTerminal } from "./cli/ask.ts";
import { runCommand } from "./cli/command.ts";
import { consoleOn, wantsColours } from "./cli/progress.ts";
import { repositoryRoot } from "./local/servers/index.ts";
import { teardownArgumentsOf, teardownCommand } from "./ops/teardown/arguments.ts";
import { usualPatience } from "./ops/teardown/surroundings.ts";

await runCommand(teardownCommand, async (given, stop) => {
  const argumentsGiven = teardownArgumentsOf(given);
  const { teardown } = await import("./ops/teardown/main.ts");
  const { runProgram } = await import("./plan/monitor/index.ts");
  // A second Ctrl-C is Pulumi's, which is passed it: ending first would leave it without its parent.
  stop.onSecond(() => undefined);
  return await teardown(argumentsGiven, {
    out: (text) => void process.stdout.write(text),
    console: consoleOn(process.stdout),
    colours: wantsColours(),
    env: process.env,
    ask: askAtTerminal(stop),
    stopped: stop.signal,
    aws: {},
    patience: usualPatience,
    root: repositoryRoot,
    now: () => new Date(),
    plan: (stack) => runProgram({ stack, preview: true }),
  });
});
