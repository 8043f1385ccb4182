/** `npm run drill:rotate`: rotates every secret of the running sandbox twice under a steady load, and counts what fails (R7). */
import { z } from "zod";
import { rotatedPurposes } from "../../app/contract/secrets.ts";
import { wrongUsage } from "../cli/errors.ts";
import { exitCodes } from "../cli/exit-codes.ts";
import { stateDirOf } from "../local/sandbox/options.ts";
import { repositoryRoot } from "../local/servers/index.ts";
import { parseFlags, runCommand } from "../ops/database/options.ts";
import { readProject } from "../plan/monitor/project.ts";
import { frontDoor } from "./load/front-door.ts";
import { drill } from "./rotation/drill.ts";
import { passed, report } from "./rotation/report.ts";

const usage = `Rotates every secret of the running sandbox twice while requests come in at a steady rate: reads, writes, lists page by page,
and the published token keys. A request counts from the moment it was due, whatever held it up.

  npm run drill:rotate [-- --seconds 60] [--rate 300] [--state-dir DIR]

Exit codes: 0 every request got its answer and every rotation went through, 1 one did not, 2 wrong command line, 3 the sandbox does not run.`;

const flags = {
  seconds: { type: "string", default: "60" },
  rate: { type: "string", default: "300" },
  "state-dir": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Longest wait for one rotation, seconds. */
const patience = 120;

const main = async (signal: AbortSignal): Promise<number> => {
  const { values } = parseFlags(process.argv.slice(2), flags, usage);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const stateDir = stateDirOf(values["state-dir"], process.env);
  const [seconds, rate] = [positive("seconds", values.seconds), positive("rate", values.rate)];
  const door = frontDoor(stateDir);
  console.log(
    `${rate} requests a second to ${door.url} for at least ${seconds} s; every secret rotates twice:`,
  );
  const result = await drill({
    door,
    rate,
    seconds,
    signal,
    refreshSeconds: refreshSecondsOf(door.stack),
    rotate: {
      environment: door.stack,
      purposes: rotatedPurposes,
      repair: false,
      local: true,
      stateDir,
      timeoutSeconds: patience,
    },
    print: (line) => console.log(line),
  });
  console.log(`\n${report(result)}\n`);
  const good = passed(result);
  console.log(good ? "No request failed, no rotation failed." : "NOT passed: see the failures above.");
  return good ? 0 : exitCodes.failure;
};

const workload = z.object({
  env: z.object({ SECRETS_REFRESH_SECONDS: z.coerce.number().default(300) }).prefault({}),
});

/** How often the environment's API reads its secrets again. */
const refreshSecondsOf = (stack: string): number => {
  const { config } = readProject(repositoryRoot, stack);
  return workload.parse(JSON.parse(config["bulwark:workload"] ?? "{}")).env.SECRETS_REFRESH_SECONDS;
};

const positive = (name: string, text: string): number => {
  const number = Number(text);
  if (number > 0) return number;
  throw wrongUsage(`--${name} takes a number above 0, not "${text}"`, usage);
};

runCommand(main);
