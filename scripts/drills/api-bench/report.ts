import { count } from "../../cli/words.ts";
import { type Finding, isKept, type Results } from "./rounds.ts";

/** What the rounds found, as tables. */
export const report = ({ rounds, turns, requests, server, ratios, additions }: Results): string => {
  const cells = (...texts: string[]) => texts.map((text) => text.padStart(9)).join("");
  const line = (digits: number, { name, of, against, value, promised }: Finding, kept: boolean) => {
    const { median, low, high } = value;
    const figures = [against.toFixed(0), of.toFixed(0)];
    const found = [median, low, high].map((figure) => figure.toFixed(digits));
    const verdict = promised === undefined ? "" : ` ≤ ${promised} ${kept ? "kept" : "NOT shown"}`;
    return `  ${name.padEnd(34)}${cells(...figures, ...found)}${verdict}`;
  };
  const table = (digits: number, findings: readonly Finding[]) =>
    findings.map((finding) => line(digits, finding, isKept(finding)));
  return [
    `CPU of the server's process for each request, user and system, µs; MySQL ${server} over TLS`,
    `Medians of ${rounds} rounds of ${turns} × ${count(requests)} requests, and the median's 95 % interval (sign test)`,
    "",
    "The API without sign-in, in units of the bare server",
    `  ${"".padEnd(34)}${cells("bare", "API", "× bare", "from", "to")} promise`,
    ...table(2, ratios),
    "",
    "What each measure adds to a GET by id, µs",
    `  ${"".padEnd(34)}${cells("without", "with", "adds", "from", "to")} promise`,
    ...table(1, additions),
  ].join("\n");
};
