/**
 * `npm run sandbox`: the whole stack on this machine. The same Pulumi program as everywhere, its resources made real here
 * (see docs/architecture.md); options: `npm run sandbox -- --help`.
 */
import { askAtTerminal } from "./cli/ask.ts";
import { runCommand } from "./cli/command.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { consoleOn } from "./cli/progress.ts";
import { down, order, reset } from "./local/sandbox/commands.ts";
import { sandboxCommand, sandboxOptionsOf } from "./local/sandbox/options.ts";

await runCommand(sandboxCommand, async (given, stop) => {
  const options = sandboxOptionsOf(given);
  const { command } = options;
  const console = consoleOn(process.stdout, { announce: false });
  if (command.kind !== "up") stop.signal.addEventListener("abort", () => process.exit(exitCodes.stopped));
  switch (command.kind) {
    case "up": {
      // esbuild would keep a service for its one synchronous build, which stays in the process table after it is stopped.
      process.env.ESBUILD_WORKER_THREADS = "0";
      // Loaded only here: the Pulumi SDK takes a second, which the other commands need not wait for.
      const { up } = await import("./local/sandbox/up.ts");
      const { makeSandboxAccess } = await import("./ops/user/sandbox-access.ts");
      // What a stop breaks off, and what follows from that, is no news.
      const news = consoleOn(process.stdout, { announce: false, until: stop.signal });
      return await up(options, { console, news }, stop, makeSandboxAccess);
    }
    case "down":
      return await down(options, console);
    case "reset":
      return await reset(options, command.yes, console, askAtTerminal(stop));
    case "restart-pod":
      return await order(options, { command: "restart-pod", pod: command.pod }, console);
    case "status":
    case "rollout":
      return await order(options, { command: command.kind }, console);
  }
});
