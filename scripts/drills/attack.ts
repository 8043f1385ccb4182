/** `npm run drill:attack`: sends the running sandbox what no honest client sends, and judges every answer (A6, A26, A27). */
import { writeFileSync } from "node:fs";
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { consoleOn } from "../cli/progress.ts";
import { count, noArguments, oneOf, outputPath, positiveNumber, wholeNumber } from "../cli/values.ts";
import { stateDirFlag, stateDirOf } from "../local/sandbox/state-dir.ts";
import { sandboxAddresses } from "./attack/addresses.ts";
import { drill } from "./attack/drill.ts";
import { kinds } from "./attack/kinds.ts";
import { ledgerLine } from "./attack/ledger.ts";
import { report } from "./attack/report.ts";

const command = declare({
  name: "drill:attack",
  summary:
    "Attacks the running sandbox, and nothing else, with JSON, bytes, times, framing of HTTP, bursts, credentials and WebSockets that no honest client sends. Every request gets an answer in time, every refusal is a problem document, and no answer is a failure of the API's own. Replicas and bookings stay what they were. The bookings that the attack makes stay in the sandbox too.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    count: count(
      "cases of each kind; the first has the seed of --seed, each other the next number",
      400,
      1,
      1_000_000,
    ),
    seconds: {
      placeholder: "N",
      value: positiveNumber(86_400),
      default: "300",
      description: "begin no case after this time",
    },
    only: { placeholder: "KIND", value: oneOf(kinds), multiple: true, description: kinds.join(", ") },
    seed: {
      placeholder: "N",
      value: wholeNumber(1, 2 ** 31),
      description: "the cases of an earlier run; without it, the clock chooses",
    },
    ledger: {
      placeholder: "FILE",
      value: outputPath,
      description: "every request with its seed, what was allowed and what came, as lines of JSON",
    },
    ...stateDirFlag,
  },
  exits: {
    done: "every answer was as it must be",
    failure: "one was not",
    missing: "the sandbox does not run",
  },
  stopped: "The answers so far were not judged.",
});

await runCommand(command, async ({ flags }, { signal }) => {
  const { count, seconds, seed = (Date.now() % 2 ** 31) + 1, ledger } = flags;
  const chosen = flags.only.length > 0 ? flags.only : kinds;
  const addresses = await sandboxAddresses(stateDirOf(flags["state-dir"]));
  const told = consoleOn(process.stdout);
  told.print(
    `Seed ${seed}: ${count} cases each of ${chosen.join(", ")}, against ${addresses.replicas.length} replicas`,
  );
  const result = await drill({ addresses, kinds: chosen, count, seed, seconds, signal, console: told });
  if (ledger !== undefined)
    writeFileSync(ledger, result.ledger.map((entry) => `${ledgerLine(entry)}\n`).join(""));
  const { text, passed } = report(result);
  told.print(`\n${text}`);
  return passed ? exitCodes.done : exitCodes.failure;
});
