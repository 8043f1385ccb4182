/** `npm run wake -- <environment>`: switches an environment on in its off hours (S15). */
import { runCommand } from "./cli/command.ts";
import { consoleOn } from "./cli/progress.ts";
import { repositoryRoot } from "./local/servers/index.ts";
import { switchEnvironment, usualPace, wakeCommand } from "./ops/power/commands.ts";

await runCommand(wakeCommand, ({ arguments: [environment] }, { signal }) =>
  switchEnvironment("awake", environment, {
    ...usualPace,
    console: consoleOn(process.stdout),
    root: repositoryRoot,
    stopped: signal,
  }),
);
