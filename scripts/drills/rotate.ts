/** `npm run drill:rotate`: rotates every secret of the running sandbox twice under a steady load, and counts what fails (R7). */
import { rotatedPurposes } from "../../app/contract/secrets.ts";
import { runCommand } from "../cli/command.ts";
import { declare } from "../cli/declaration.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { consoleOn } from "../cli/progress.ts";
import { noArguments } from "../cli/values.ts";
import { stateDirFlag, stateDirOf } from "../local/sandbox/state-dir.ts";
import { sandboxEndpoint } from "./load/endpoint.ts";
import { loadRate, loadSeconds } from "./load/options.ts";
import { drill } from "./rotation/drill.ts";
import { refreshSecondsOf } from "./rotation/refresh.ts";
import { passed, report } from "./rotation/report.ts";

/** Longest wait for one rotation. */
const timeoutSeconds = 120;

const command = declare({
  name: "drill:rotate",
  summary:
    "Rotates every secret of the running sandbox twice while requests come in at a steady rate: reads, writes, lists page by page, and the published token keys; by API key, and by people who sign in, refresh their sessions and sign out. Nobody may be signed out by a rotation. A request counts from the moment it was due, so that what holds it up counts too.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    seconds: {
      placeholder: "N",
      value: loadSeconds,
      default: "60",
      description: "shortest length of the load",
    },
    rate: { placeholder: "N", value: loadRate, default: "300", description: "requests a second" },
    ...stateDirFlag,
  },
  exits: {
    done: "every request got its answer, every rotation went through, and nobody was signed out",
    failure: "one did not",
    missing: "the sandbox does not run",
  },
  stopped: "A rotation that was under way has ended.",
});

await runCommand(command, async ({ flags }, { signal }) => {
  const { seconds, rate } = flags;
  const stateDir = stateDirOf(flags["state-dir"]);
  const endpoint = sandboxEndpoint(stateDir);
  const told = consoleOn(process.stdout);
  told.print(
    `${rate} requests a second to ${endpoint.url} for at least ${seconds} s; every secret rotates twice:`,
  );
  const rotate = { environment: endpoint.stack, purposes: rotatedPurposes, repair: false, local: true };
  const result = await drill({
    endpoint,
    rate,
    seconds,
    signal,
    refreshSeconds: refreshSecondsOf(endpoint.stack),
    rotate: { ...rotate, stateDir, timeoutSeconds },
    console: told,
  });
  told.print(`\n${report(result)}\n`);
  const good = passed(result);
  told.print(good ? "No request failed, no rotation failed." : "NOT passed: see the failures above.");
  return good ? exitCodes.done : exitCodes.failure;
});
