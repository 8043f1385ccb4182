/** `npm run load`: a steady load on the sandbox's API over HTTPS, and what became of every request. */
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { consoleOn, silentConsole } from "./cli/progress.ts";
import { noArguments } from "./cli/values.ts";
import { sandboxEndpoint } from "./drills/load/endpoint.ts";
import { load } from "./drills/load/generator.ts";
import { loadRate, loadSeconds } from "./drills/load/options.ts";
import { report } from "./drills/load/report.ts";
import { stateDirFlag, stateDirOf } from "./local/sandbox/state-dir.ts";

const command = declare({
  name: "load",
  summary:
    "Loads the API of the running sandbox with reads, writes and paging of bookings, by API key and by people who sign in, refresh and sign out.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    seconds: { placeholder: "N", value: loadSeconds, default: "30", description: "how long" },
    rate: { placeholder: "N", value: loadRate, default: "200", description: "requests a second" },
    http2: { description: "over HTTP/2 instead of HTTP/1.1" },
    json: { description: "the result as JSON on stdout" },
    ...stateDirFlag,
  },
  notes:
    "Ctrl-C ends the load as its time does: its report is printed. In the end the bookings that it made are cancelled; they are those of clients named Load.",
  exits: {
    done: "every request got its answer, at the rate that was asked for",
    failure: "one did not, or the rate was not held",
    missing: "the sandbox does not run",
  },
  stopped: "",
});

await runCommand(command, async ({ flags }, { signal }) => {
  const { seconds, rate, http2, json } = flags;
  const { url, ca, credentials } = sandboxEndpoint(stateDirOf(flags["state-dir"]));
  const until = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(seconds * 1000))]);
  const told = json ? silentConsole : consoleOn(process.stdout);
  const result = await told.step(`${rate} requests a second to ${url} for ${seconds} s`, (progress) =>
    load({ url, ca, credentials, rate, http2, signal: until, progress }),
  );
  console.log(json ? JSON.stringify(result, undefined, 2) : report(result));
  if (signal.aborted) return exitCodes.stopped;
  return result.failed === 0 && result.held ? exitCodes.done : exitCodes.failure;
});
