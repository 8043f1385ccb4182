/** `npm run load`: a steady load on the sandbox's API over HTTPS, and what became of every request. */
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { noArguments } from "./cli/values.ts";
import { sandboxEndpoint } from "./drills/load/endpoint.ts";
import { load } from "./drills/load/generator.ts";
import { loadRate, loadSeconds } from "./drills/load/options.ts";
import { progressLine, report } from "./drills/load/report.ts";
import { stateDirFlag, stateDirOf } from "./local/sandbox/state-dir.ts";

const command = declare({
  name: "load",
  summary: "Loads the API of the running sandbox with reads, writes and paging of bookings.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    seconds: { placeholder: "N", value: loadSeconds, default: "30", description: "how long" },
    rate: { placeholder: "N", value: loadRate, default: "200", description: "requests a second" },
    http2: { description: "over HTTP/2 instead of HTTP/1.1" },
    json: { description: "the result as JSON on stdout" },
    ...stateDirFlag,
  },
  notes: "Ctrl-C ends the load, and its report is printed.",
  exits: {
    done: "every request got its answer",
    failure: "one did not",
    missing: "the sandbox does not run",
    stopped: "a second Ctrl-C",
  },
  stopped: "",
});

await runCommand(command, async ({ flags }, { signal }) => {
  const { seconds, rate, http2, json } = flags;
  const { url, ca } = sandboxEndpoint(stateDirOf(flags["state-dir"]));
  const until = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(seconds * 1000))]);
  if (!json) console.log(`${rate} requests a second to ${url} for ${seconds} s …`);
  const figures = await load({
    url,
    ca,
    rate,
    http2,
    signal: until,
    ...(json ? {} : { progress: (so) => console.log(progressLine(so)) }),
  });
  console.log(json ? JSON.stringify(figures, undefined, 2) : report(figures));
  return figures.failed === 0 ? exitCodes.done : exitCodes.failure;
});
