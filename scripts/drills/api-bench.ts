/** `npm run bench:api`: what a request costs the API, against a bare server with the same statements; what each measure costs. */

import { wrongUsage } from "../cli/errors.ts";
import { count } from "../cli/words.ts";
import { parseFlags, runCommand } from "../ops/database/options.ts";
import { type ExchangeName, exchangeNames, promised } from "./api-bench/exchanges.ts";
import { withPlace } from "./api-bench/place.ts";
import { measure, type Results, type Spread } from "./api-bench/rounds.ts";

const usage = `Measures the CPU that a request costs the API's process, as the image runs it with production's settings, on MySQL and Redis of
its own. The baseline is node:http and mysql2 with the same statements and answers, and nothing else. Then the API is built without
each of its measures in turn, and asked the same.

  npm run bench:api [-- --rounds 10] [--requests 1000] [--bookings 10000] [--json]

The servers take turns, so that a busy machine disturbs all of them alike. About three minutes on two idle cores.`;

const flags = {
  rounds: { type: "string", default: "15" },
  requests: { type: "string", default: "500" },
  bookings: { type: "string", default: "10000" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

const main = async (): Promise<number> => {
  const { values } = parseFlags(process.argv.slice(2), flags, usage);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const number = (name: "rounds" | "requests" | "bookings"): number => {
    const given = Number(values[name]);
    if (Number.isInteger(given) && given > 0) return given;
    throw wrongUsage(`--${name} takes a number, not "${values[name]}"`, usage);
  };
  const options = { rounds: number("rounds"), requests: number("requests") };
  const results = await withPlace(number("bookings"), (place) => measure(place, options));
  console.log(values.json ? JSON.stringify(results, undefined, 2) : report(results));
  return 0;
};

const report = ({ rounds, requests, server, exchanges, measures }: Results): string => {
  const whole = exchanges["GET by id"].api.median;
  const cells = (...texts: string[]) => texts.map((text) => text.padStart(9)).join("");
  const range = ({ min, median, max }: Spread, digits: number) =>
    cells(median.toFixed(digits), min.toFixed(digits), max.toFixed(digits));
  const verdict = (name: ExchangeName, { median }: Spread) =>
    ` ≤ ${promised[name]} ${median <= promised[name] ? "kept" : "NOT kept"}`;
  return [
    `CPU of the server's process for each request, user and system, µs; ${rounds} rounds of ${count(requests)} requests, MySQL ${server} over TLS`,
    `  ${"".padEnd(34)}${cells("bare", "API", "× bare", "least", "most")} promise`,
    ...exchangeNames.map((name) => {
      const { bare, api, ratio } = exchanges[name];
      const costs = cells(bare.median.toFixed(0), api.median.toFixed(0));
      return `  ${name.padEnd(34)}${costs}${range(ratio, 2)}${verdict(name, ratio)}`;
    }),
    "",
    "What a GET by id costs less without the measure, µs",
    `  ${"".padEnd(34)}${cells("median", "least", "most", "of all")}`,
    ...measures.map(
      ({ name, cost }) =>
        `  ${name.padEnd(34)}${range(cost, 1)}${cells(`${((cost.median / whole) * 100).toFixed(0)} %`)}`,
    ),
  ].join("\n");
};

runCommand(main);
