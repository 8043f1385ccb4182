/** `npm run sleep -- <environment>`: switches an environment off (S15). */
import { runCommand } from "./cli/command.ts";
import { consoleOn } from "./cli/progress.ts";
import { repositoryRoot } from "./local/servers/index.ts";
import { sleepCommand, switchEnvironment, usualPace } from "./ops/power/commands.ts";

await runCommand(sleepCommand, ({ arguments: [environment] }, { signal }) =>
  switchEnvironment("asleep", environment, {
    ...usualPace,
    console: consoleOn(process.stdout),
    root: repositoryRoot,
    stopped: signal,
  }),
);
