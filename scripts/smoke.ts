/** `npm run smoke -- <environment>`: whether the deployed API answers as it must, through its public address (S15). */
import { readFileSync } from "node:fs";
import { Agent } from "undici";
import { parseEnvironment } from "../infra/config/load.ts";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { refusal } from "./cli/errors.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { consoleOn } from "./cli/progress.ts";
import { oneEnvironment, wholeNumber } from "./cli/values.ts";
import { runningEnvironment } from "./local/sandbox/running.ts";
import { stateDirOf } from "./local/sandbox/state-dir.ts";
import { repositoryRoot } from "./local/servers/index.ts";
import { environmentFlags } from "./ops/environment-flags.ts";
import { smokeFaults } from "./ops/smoke/smoke.ts";
import { readProject } from "./plan/monitor/project.ts";

const command = declare({
  name: "smoke",
  summary: "Asks an environment's API through its public address whether it answers as it must. Reads only.",
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  flags: {
    wait: {
      placeholder: "SECONDS",
      value: wholeNumber(0, 3_600),
      default: "300",
      description: "how long it may take to become ready",
    },
    ...environmentFlags,
  },
  exits: { done: "it does", failure: "it does not: each fault is told", missing: "the sandbox does not run" },
});

await runCommand(command, async ({ flags, arguments: [environment] }, { signal }) => {
  const told = consoleOn(process.stdout);
  const isLocal = flags["in-sandbox"] || environment === "sandbox";
  const where = isLocal ? inSandbox(stateDirOf(flags["state-dir"]), environment) : inAws(environment);
  const faults = await told.step(`asked ${where.url}`, () =>
    smokeFaults({ ...where, waitMs: flags.wait * 1_000, pollMs: 5_000 }, signal),
  );
  for (const fault of faults) told.warn(fault);
  return faults.length === 0 ? exitCodes.done : exitCodes.failure;
});

function inAws(name: string) {
  const { edge } = parseEnvironment(readProject(repositoryRoot, name).config, name);
  if (edge.domain !== undefined) return { url: `https://${edge.domain}` };
  throw refusal(`"${name}" has no address of its own: bulwark:edge.domain is not set.`);
}

function inSandbox(stateDir: string, environment: string) {
  const { running } = runningEnvironment(stateDir, environment);
  const ca = readFileSync(running.caFile, "utf8");
  return { url: running.urls.https, dispatcher: new Agent({ connect: { ca } }), isLocal: true };
}
