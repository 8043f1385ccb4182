/** `npm run lint:manifests [-- environment …]`: what the program registers in Kubernetes, by linters of other people. */
import * as z from "zod";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { consoleOn } from "./cli/progress.ts";
import { counted } from "./cli/words.ts";

const command = declare({
  name: "lint:manifests",
  summary:
    "Holds what the program registers in Kubernetes against kubernetes-validate, checkov and kube-score.",
  forms: { "": "staging and production", "ENVIRONMENT…": "these" },
  arguments: z.array(z.string()),
  flags: {},
  notes:
    "It needs Python, and for kube-score Go; the linters are fetched once. One or two minutes. Exceptions, each with its reason: scripts/ops/lint-manifests/exceptions.ts",
  exits: {
    done: "nothing found but what is excepted with a reason",
    failure: "findings, or the linters are not to be had",
    refused: "there is no such environment",
  },
});

await runCommand(command, async ({ arguments: named }) => {
  const { ensureLinters } = await import("./ops/lint-manifests/linters.ts");
  const { lint } = await import("./ops/lint-manifests/lint.ts");
  const { linters, missing } = await ensureLinters();
  const told = consoleOn(process.stdout);
  for (const one of missing) told.print(`not run: ${one}`);
  let open = 0;
  for (const stack of named.length > 0 ? named : ["staging", "production"]) {
    const { found, excused } = await told.step(stack, (at) => lint(stack, linters, at));
    for (const one of found) told.print(`${stack}: ${one}`);
    told.print(`${stack}: ${counted(found.length, "finding")}, ${excused} excepted with a reason`);
    open += found.length;
  }
  return open === 0 ? exitCodes.done : exitCodes.failure;
});
