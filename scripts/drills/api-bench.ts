/** `npm run bench:api`: what a request costs the API, against a bare server with the same statements; what each measure costs. */
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { type At, consoleOn, silentConsole } from "../cli/progress.ts";
import { count, noArguments, wholeNumber } from "../cli/values.ts";
import { inWords } from "../ops/database/explain.ts";
import { importReport, measureImport } from "./api-bench/imports.ts";
import { fewestNumbers } from "./api-bench/interval.ts";
import { report } from "./api-bench/report.ts";
import { isKept, measure } from "./api-bench/rounds.ts";
import { type BenchServers, withBenchServers } from "./api-bench/servers.ts";
import { measureSockets, socketReport } from "./api-bench/sockets.ts";

const command = declare({
  name: "bench:api",
  summary:
    "Measures the CPU that a request costs the API's process, as the image runs it with production's settings, on MySQL and Redis of its own, and says whether that is what is promised. The baseline is node:http and mysql2 with the same statements and answers, and nothing else; the API is compared with it without sign-in. Then the API is built without each of its measures in turn, and asked the same.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    rounds: count(
      "how often the servers start anew; the figures are medians over the rounds",
      fewestNumbers,
      fewestNumbers,
      1_000,
    ),
    turns: count("how often a round asks each server each question", 12, 1, 1_000),
    requests: count("requests in a turn: few find the processor's caches cold", 500, 1, 1_000_000),
    bookings: count("bookings in the database", 10_000, 20, 1_000_000),
    promised: { description: "only what something is promised of: a third of the time" },
    sockets: {
      placeholder: "N",
      value: wholeNumber(1, 20_000),
      description:
        "instead, opens so many WebSockets of live updates on each of two replicas: their memory and CPU, and the time until all clients have a change",
    },
    import: {
      placeholder: "LINES",
      value: wholeNumber(1, 100_000),
      description:
        "instead, imports so many bookings and exports them: the time, the memory, and how long others of the organisation wait",
    },
    json: { description: "the result as JSON on stdout" },
  },
  notes:
    "The servers take turns, so that a busy machine disturbs all of them alike. About twenty minutes on two idle cores.",
  exits: {
    done: "every 95 % interval is within what is promised",
    failure: "one is not: the promise is broken, or the machine too busy to show that it is kept",
  },
  explain: inWords,
});

await runCommand(command, async ({ flags }) => {
  const told = flags.json ? silentConsole : consoleOn(process.stdout);
  const { sockets, import: lines } = flags;
  const instead = async <Found>(
    what: string,
    find: (servers: BenchServers, at: At) => Promise<Found>,
    text: (found: Found) => string,
  ): Promise<number> => {
    const found = await told.step(`benchmark of ${what}`, (at) =>
      withBenchServers(flags.bookings, (servers) => find(servers, at)),
    );
    console.log(flags.json ? JSON.stringify(found, undefined, 2) : text(found));
    return exitCodes.done;
  };
  if (sockets !== undefined)
    return instead("live updates", (servers, at) => measureSockets(servers, sockets, at), socketReport);
  if (lines !== undefined)
    return instead("import and export", (servers, at) => measureImport(servers, lines, at), importReport);
  const results = await told.step("benchmark of the API", (at) => {
    at("servers, and bookings in the database");
    return withBenchServers(flags.bookings, (servers) => measure(servers, flags, at));
  });
  console.log(flags.json ? JSON.stringify(results, undefined, 2) : report(results));
  return [...results.ratios, ...results.additions].every(isKept) ? exitCodes.done : exitCodes.failure;
});
