/** `npm run bench:api`: what a request costs the API, against a bare server with the same statements; what each measure costs. */
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { consoleOn, silentConsole } from "../cli/progress.ts";
import { noArguments, wholeNumber } from "../cli/values.ts";
import { inWords } from "../ops/database/explain.ts";
import { fewestNumbers } from "./api-bench/interval.ts";
import { report } from "./api-bench/report.ts";
import { isKept, measure } from "./api-bench/rounds.ts";
import { withBenchServers } from "./api-bench/servers.ts";
import { measureSockets, socketReport } from "./api-bench/sockets.ts";

const command = declare({
  name: "bench:api",
  summary:
    "Measures the CPU that a request costs the API's process, as the image runs it with production's settings, on MySQL and Redis of its own, and says whether that is what is promised. The baseline is node:http and mysql2 with the same statements and answers, and nothing else; the API is compared with it without sign-in. Then the API is built without each of its measures in turn, and asked the same.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    rounds: {
      placeholder: "N",
      value: wholeNumber(fewestNumbers, 1_000),
      default: String(fewestNumbers),
      description: "how often the servers start anew; the figures are medians over the rounds",
    },
    turns: {
      placeholder: "N",
      value: wholeNumber(1, 1_000),
      default: "15",
      description: "how often a round asks each server each question",
    },
    requests: {
      placeholder: "N",
      value: wholeNumber(1, 1_000_000),
      default: "200",
      description: "requests in a turn",
    },
    bookings: {
      placeholder: "N",
      value: wholeNumber(20, 1_000_000),
      default: "10000",
      description: "bookings in the database",
    },
    promised: { description: "only what something is promised of: a third of the time" },
    sockets: {
      placeholder: "N",
      value: wholeNumber(1, 20_000),
      description:
        "instead, opens so many WebSockets of live updates on each of two replicas: their memory and CPU, and the time until all clients have a change",
    },
    json: { description: "the result as JSON on stdout" },
  },
  notes:
    "The servers take turns, so that a busy machine disturbs all of them alike. About six minutes on two idle cores.",
  exits: {
    done: "every 95 % interval is within what is promised",
    failure: "one is not: the promise is broken, or the machine too busy to show that it is kept",
  },
  explain: inWords,
});

await runCommand(command, async ({ flags }) => {
  const told = flags.json ? silentConsole : consoleOn(process.stdout);
  const { sockets } = flags;
  if (sockets !== undefined) {
    const found = await told.step("benchmark of live updates", (at) =>
      withBenchServers(flags.bookings, (servers) => measureSockets(servers, sockets, at)),
    );
    console.log(flags.json ? JSON.stringify(found, undefined, 2) : socketReport(found));
    return 0;
  }
  const results = await told.step("benchmark of the API", (at) => {
    at("servers, and bookings in the database");
    return withBenchServers(flags.bookings, (servers) => measure(servers, flags, at));
  });
  console.log(flags.json ? JSON.stringify(results, undefined, 2) : report(results));
  return [...results.ratios, ...results.additions].every(isKept) ? exitCodes.done : exitCodes.failure;
});
