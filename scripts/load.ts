/** `npm run load`: a steady load on the sandbox's API over HTTPS, and what became of every request. */
import { parseArgs } from "node:util";
import { type CommandError, exitCodeOf, messageOf, refusal } from "./cli/errors.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import type { Figures } from "./drills/load/figures.ts";
import { frontDoor } from "./drills/load/front-door.ts";
import { load } from "./drills/load/generator.ts";
import { stateDirOf } from "./local/sandbox/options.ts";

const usage = `Loads the API of the running sandbox with reads, writes and paging of bookings.

  npm run load -- [--seconds 30] [--rate 200] [--http2] [--json] [--state-dir DIR]

Exit codes: 0 every request got its answer, 1 one did not, 2 wrong command line, 3 the sandbox does not run.`;

const flags = {
  seconds: { type: "string", default: "30" },
  rate: { type: "string", default: "200" },
  http2: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  "state-dir": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const readFlags = () => {
  try {
    return parseArgs({ options: flags }).values;
  } catch (error) {
    throw wrong(messageOf(error));
  }
};

const main = async (): Promise<number> => {
  const values = readFlags();
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const ended = new AbortController();
  // Ctrl-C ends the load, not the report.
  process.once("SIGINT", () => ended.abort());
  const seconds = positive("seconds", values.seconds);
  const rate = positive("rate", values.rate);
  const { url, ca } = frontDoor(stateDirOf(values["state-dir"], process.env));
  const timer = setTimeout(() => ended.abort(), seconds * 1000);
  if (!values.json) console.log(`${rate} requests a second to ${url} for ${seconds} s …`);
  const figures = await load({
    url,
    ca,
    rate,
    http2: values.http2,
    signal: ended.signal,
    ...(values.json ? {} : { progress }),
  });
  clearTimeout(timer);
  console.log(values.json ? JSON.stringify(figures, undefined, 2) : report(figures));
  return figures.failed === 0 ? 0 : exitCodes.failure;
};

const positive = (name: string, text: string): number => {
  const number = Number(text);
  if (number > 0) return number;
  throw wrong(`--${name} must be a number above 0, not "${text}"`);
};

const wrong = (what: string): CommandError => refusal(`${what}\n\n${usage}`);

const progress = ({ seconds, requests, failed, p95 }: Figures): void =>
  console.log(
    `  ${seconds.toFixed(0).padStart(4)} s  ${String(requests).padStart(7)} answered  ${failed} failed  p95 ${p95.toFixed(1)} ms`,
  );

const report = (figures: Figures): string => {
  const { requests, failed, failures, byStatus, seconds, rate, p50, p95, p99, slowest } = figures;
  const statuses = Object.entries(byStatus).map(
    ([status, number]) => `${status === "0" ? "none" : status} ${number}×`,
  );
  return [
    `requests  ${requests} in ${seconds.toFixed(1)} s (${rate.toFixed(0)} a second)`,
    `failures  ${failed}`,
    ...Object.entries(failures).map(([kind, number]) => `          ${number}× ${kind}`),
    `statuses  ${statuses.join(", ")}`,
    `times     p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`,
  ].join("\n");
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
