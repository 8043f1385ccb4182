/** `npm run preview -- <environment>`: what an environment would consist of, with costs and problems (S1). */
import { runCommand } from "./cli/command.ts";
import { consoleOn, silentConsole, wantsColours } from "./cli/progress.ts";
import { previewArgumentsOf, previewCommand } from "./plan/preview/arguments.ts";

await runCommand(previewCommand, async (given) => {
  const argumentsGiven = previewArgumentsOf(given);
  const told = argumentsGiven.json ? silentConsole : consoleOn(process.stderr);
  const { preview } = await import("./plan/preview/main.ts");
  const { runProgram } = await import("./plan/monitor/index.ts");
  return await preview(argumentsGiven, {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    colours: wantsColours(),
    // The clock starts with the process: what a person waits for includes loading the program.
    started: 0,
    plan: (options) => told.step(`plan of ${options.stack}`, () => runProgram(options)),
  });
});
