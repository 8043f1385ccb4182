/** `npm run drill:attack`: sends the running sandbox what no honest client sends, and judges every answer (A6, A26, A27). */
import { writeFileSync } from "node:fs";
import { wrongUsage } from "../cli/errors.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { stateDirOf } from "../local/sandbox/options.ts";
import { parseFlags, runCommand, typedPath } from "../ops/database/options.ts";
import { drill } from "./attack/drill.ts";
import { type Kind, kinds } from "./attack/kinds.ts";
import { ledgerLine, report } from "./attack/report.ts";
import { sandboxTarget } from "./attack/target.ts";
import { transcript } from "./transcript.ts";

const usage = `Attacks the running sandbox, and nothing else, with JSON, bytes, times, framing of HTTP and bursts that no honest client sends.
Every request gets an answer in time, every refusal is a problem document, and no answer is a failure of the API's own. Replicas
and bookings stay what they were. The bookings that the attack makes stay in the sandbox too.

  npm run drill:attack [-- --count 400] [--seconds 300] [--only KIND] [--seed N] [--ledger FILE] [--state-dir DIR]

  --count N      cases of each kind; the first has the seed of --seed, each other the next number
  --seconds N    begin no case after this time
  --only KIND    ${kinds.join(", ")}; may be repeated
  --seed N       the cases of an earlier run; without it, the clock chooses
  --ledger FILE  every request with its seed, what was allowed and what came, as lines of JSON

Exit codes: 0 every answer was as it must be, 1 one was not, 2 wrong command line, 3 the sandbox does not run.`;

const flags = {
  count: { type: "string", default: "400" },
  seconds: { type: "string", default: "300" },
  only: { type: "string", multiple: true },
  seed: { type: "string" },
  ledger: { type: "string" },
  "state-dir": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const main = async (signal: AbortSignal): Promise<number> => {
  const { values } = parseFlags(process.argv.slice(2), flags, usage);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [count, seconds] = [whole("count", values.count), whole("seconds", values.seconds)];
  const seed = whole("seed", values.seed ?? String(Date.now() % 2 ** 31));
  const chosen = values.only?.map(kindOf) ?? kinds;
  const target = await sandboxTarget(stateDirOf(values["state-dir"], process.env));
  console.log(
    `Seed ${seed}: ${count} cases each of ${chosen.join(", ")}, against ${target.replicas.length} replicas`,
  );
  const print = (line: string) => console.log(line);
  const result = await drill({
    target,
    kinds: chosen,
    count,
    seed,
    seconds,
    signal,
    transcript: transcript(print),
  });
  if (values.ledger !== undefined) {
    writeFileSync(typedPath(values.ledger), result.ledger.map((entry) => `${ledgerLine(entry)}\n`).join(""));
  }
  const { text, passed } = report(result);
  console.log(`\n${text}`);
  return passed ? 0 : exitCodes.failure;
};

const kindOf = (name: string): Kind => {
  const found = kinds.find((kind) => kind === name);
  if (found) return found;
  throw wrongUsage(`--only takes one of ${kinds.join(", ")}, not "${name}"`, usage);
};

const whole = (name: string, text: string): number => {
  if (/^\d{1,9}\d?$/.test(text) && Number(text) > 0) return Number(text);
  throw wrongUsage(`--${name} takes a whole number above 0, not "${text}"`, usage);
};

runCommand(main);
