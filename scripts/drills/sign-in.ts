/** `npm run drill:sign-in`: whether the time of a failed sign-in tells if the account exists (A8, ASVS 6.3.8). */
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { count, noArguments } from "../cli/values.ts";
import { withBenchServers } from "./api-bench/servers.ts";
import { compare, report } from "./sign-in/comparison.ts";
import { timesOf } from "./sign-in/times.ts";

const command = declare({
  name: "drill:sign-in",
  summary:
    "Fails to sign in with a user's address and with addresses that nobody has, in turn, on an API, MySQL and Redis of its own, and compares the times: one time must not tell which of the two it was.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    attempts: count("attempts of each kind", 1_000, 100, 100_000),
  },
  notes: "About two minutes on two idle cores.",
  exits: { done: "the times do not differ", failure: "they do" },
});

await runCommand(command, async ({ flags }) => {
  const times = await withBenchServers(1, ({ environment }) => timesOf(environment, flags.attempts));
  const comparison = compare(times);
  console.log(report(comparison));
  return comparison.differs ? exitCodes.failure : exitCodes.done;
});
