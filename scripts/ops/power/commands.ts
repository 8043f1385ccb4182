import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { declare } from "../../cli/declaration.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Console } from "../../cli/progress.ts";
import { oneEnvironment } from "../../cli/values.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { type AwsAccess, awsAccess } from "../aws-access.ts";
import { credentialsNote } from "../environment-flags.ts";
import { inWords } from "../teardown/explain.ts";
import { type PowerAccess, sleep, wake } from "./power.ts";

const shared = {
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  flags: {},
  notes: `An environment without off hours (bulwark:schedule.onHours) never sleeps: nothing is done. ${credentialsNote}`,
  exits: { failure: "it did not become so" },
  explain: inWords,
} as const;

export const wakeCommand = declare({
  ...shared,
  name: "wake",
  summary: "Switches an environment on in its off hours, until its next scheduled evening.",
});
export const sleepCommand = declare({
  ...shared,
  name: "sleep",
  summary: "Switches an environment off, until its next scheduled morning.",
});

interface PowerSurroundings extends Pick<PowerAccess, "console" | "pollMs" | "startMs" | "stopped"> {
  /** Folder of Pulumi.yaml. */
  root: string;
  /** Endpoint and credentials, where they are not the usual ones of the AWS SDK. */
  aws?: Partial<AwsAccess>;
}

export const usualPace = { pollMs: 15_000, startMs: 30 * 60_000 };

/** Switches an environment, and returns the exit code. */
export async function switchEnvironment(
  to: "awake" | "asleep",
  environment: string,
  surroundings: PowerSurroundings,
): Promise<number> {
  const { root, aws, ...pace } = surroundings;
  const { config, name } = readProject(root, environment);
  if (parseEnvironment(config, environment).schedule?.onHours === undefined) {
    told(pace.console, environment);
    return exitCodes.done;
  }
  const access = { ...awsAccess(config, environment), ...aws };
  const named = `${name}-${environment}`;
  await (to === "awake" ? wake : sleep)({
    ...pace,
    database: new RDSClient(access),
    functions: new LambdaClient(access),
    instance: `${named}-database`,
    functionName: `${named}-schedule-power`,
  });
  return exitCodes.done;
}

const told = (console: Console, environment: string): void =>
  console.print(`"${environment}" has no off hours (bulwark:schedule.onHours): it is on.`);
