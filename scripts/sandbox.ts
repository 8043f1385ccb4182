/**
 * `npm run sandbox`: the whole stack on this machine. The same Pulumi program as everywhere, its resources made real here
 * (see docs/architecture.md); options: `npm run sandbox -- --help`.
 */

import { exitCodeOf, messageOf } from "./cli/errors.ts";
import { terminal } from "./cli/progress.ts";
import { down, order, reset } from "./local/sandbox/commands.ts";
import { readOptions, type SandboxOptions, usage } from "./local/sandbox/options.ts";

const console = terminal((text) => process.stdout.write(text));
// The terminal may be gone while everything is being stopped.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), process.env);
  const { command } = options;
  switch (command.kind) {
    case "up":
      return await start(options);
    case "down":
      return await down(options, console);
    case "reset":
      return await reset(options, command.yes, console);
    case "status":
      return await order(options, { command: "status" }, console);
    case "rollout":
      return await order(options, { command: "rollout" }, console);
    case "restart-pod":
      return await order(options, { command: "restart-pod", pod: command.pod }, console);
    case "help":
      console.print(usage);
      return 0;
  }
};

/** Loaded only here: the Pulumi SDK takes a second, which the other commands need not wait for. */
const start = async (options: SandboxOptions): Promise<number> => {
  const { up } = await import("./local/sandbox/up.ts");
  return await up(options, console);
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`\n${messageOf(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
