import { count } from "../../cli/words.ts";
import { exchangeNames, promised } from "./exchanges.ts";
import type { Results, Spread } from "./rounds.ts";

/** What the rounds found, as tables. */
export const report = ({ rounds, requests, server, exchanges, measures }: Results): string => {
  const whole = exchanges["GET by id"].api.median;
  const cells = (...texts: string[]) => texts.map((text) => text.padStart(9)).join("");
  const range = ({ min, median, max }: Spread, digits: number) =>
    cells(median.toFixed(digits), min.toFixed(digits), max.toFixed(digits));
  const verdict = (most: number | undefined, { median }: Spread) =>
    most === undefined ? "" : ` ≤ ${most} ${median <= most ? "kept" : "NOT kept"}`;
  return [
    `CPU of the server's process for each request, user and system, µs; ${rounds} rounds of ${count(requests)} requests, MySQL ${server} over TLS`,
    `  ${"".padEnd(34)}${cells("bare", "API", "× bare", "least", "most")} promise`,
    ...exchangeNames.map((name) => {
      const { bare, api, ratio } = exchanges[name];
      const costs = cells(bare.median.toFixed(0), api.median.toFixed(0));
      return `  ${name.padEnd(34)}${costs}${range(ratio, 2)}${verdict(promised[name], ratio)}`;
    }),
    "",
    "What a GET by id costs less without the measure, µs",
    `  ${"".padEnd(34)}${cells("median", "least", "most", "of all")} promise`,
    ...measures.map(
      ({ name, cost, promised: most }) =>
        `  ${name.padEnd(34)}${range(cost, 1)}${cells(`${((cost.median / whole) * 100).toFixed(0)} %`)}${verdict(most, cost)}`,
    ),
  ].join("\n");
};
