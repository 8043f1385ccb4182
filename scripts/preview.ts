/** `npm run preview -- <environment>`: what an environment would consist of, with costs and problems (S1). */
import { runCommand } from "./cli/command.ts";
import { wantsColours } from "./cli/progress.ts";
import { previewArgumentsOf, previewCommand } from "./plan/preview/arguments.ts";

await runCommand(previewCommand, async (given) => {
  const argumentsGiven = previewArgumentsOf(given);
  const { preview } = await import("./plan/preview/main.ts");
  return await preview(argumentsGiven, {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    colours: wantsColours(),
    // The clock starts with the process: what a person waits for includes loading the program.
    started: 0,
  });
});
