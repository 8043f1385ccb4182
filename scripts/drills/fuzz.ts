/** `npm run fuzz`: holds the API against its OpenAPI document, by schemathesis (A24). */
import * as z from "zod";
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { consoleOn } from "../cli/progress.ts";
import { count, noArguments, wholeNumber } from "../cli/values.ts";
import { fuzz, groups } from "./fuzz/fuzz.ts";

const command = declare({
  name: "fuzz",
  summary:
    "Sends an API of its own what docs/openapi.json allows and what it forbids, and holds every answer against the document: all checks and phases of schemathesis, with what one request made used in the next. The groups are the document's tags.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    cases: count("fewest cases of each group", 2_000, 1, 1_000_000),
    only: { placeholder: "GROUP", value: z.enum(groups), multiple: true, description: groups.join(", ") },
    seed: {
      placeholder: "N",
      value: wholeNumber(1, 2 ** 31),
      description: "the cases of an earlier run; without it, the clock chooses",
    },
  },
  notes: "It needs Python; schemathesis is fetched once. About ten minutes.",
  exits: {
    done: "every answer was as the document says",
    failure: "one was not, or schemathesis is not to be had",
  },
});

await runCommand(command, async ({ flags }) => {
  const { cases, seed = (Date.now() % 2 ** 31) + 1 } = flags;
  const chosen = flags.only.length > 0 ? flags.only : groups;
  const told = consoleOn(process.stdout);
  told.print(`Seed ${seed}: at least ${cases} cases each of ${chosen.join(", ")}`);
  const passed = await fuzz({ groups: chosen, cases, seed, console: told });
  return passed ? exitCodes.done : exitCodes.failure;
});
