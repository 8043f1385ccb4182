import { setTimeout as delay } from "node:timers/promises";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import {
  DescribeDBInstancesCommand,
  type RDSClient,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { CommandError } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";

/** What an environment is switched with. */
export interface PowerAccess {
  database: RDSClient;
  functions: LambdaClient;
  /** Identifier of the database's instance. */
  instance: string;
  /** Name of the function that scales pods and nodes. */
  functionName: string;
  console: Console;
  /** Between two looks at the database, milliseconds. */
  pollMs: number;
  /** The longest that the database may take to start, milliseconds: usually it takes five to ten minutes. */
  startMs: number;
  stopped: AbortSignal;
}

/** Switches an environment on outside its hours: the database first, then nodes and pods. Safe to repeat. @throws CommandError */
export async function wake(access: PowerAccess): Promise<void> {
  const { console } = access;
  await console.step(`database ${access.instance} starts`, (at) => startDatabase(access, at));
  await console.step("nodes and pods are called", () => switchPods(access, "awake"));
}

/** Switches it off: pods and nodes first, then the database. Safe to repeat. @throws CommandError */
export async function sleep(access: PowerAccess): Promise<void> {
  const { console } = access;
  await console.step("pods and nodes are sent away", () => switchPods(access, "asleep"));
  await console.step(`database ${access.instance} stops`, () => stopDatabase(access));
}

async function startDatabase(access: PowerAccess, at: (where: string) => void): Promise<void> {
  const { database, instance, pollMs, startMs, stopped } = access;
  const until = Date.now() + startMs;
  for (;;) {
    const state = await stateOf(access);
    at(state);
    if (state === "available") return;
    if (state === "stopped")
      await database.send(new StartDBInstanceCommand({ DBInstanceIdentifier: instance }));
    if (Date.now() >= until)
      throw new CommandError(
        `Database ${instance} is still "${state}" after ${startMs / 60_000} minutes. Its events: aws rds describe-events --source-type db-instance --source-identifier ${instance}`,
      );
    await delay(pollMs, undefined, { signal: stopped });
  }
}

/** What RDS stops only in some states it says itself; a database that is stopped, or about to be, needs nothing. */
async function stopDatabase(access: PowerAccess): Promise<void> {
  const state = await stateOf(access);
  if (state === "stopped" || state === "stopping") return;
  if (state !== "available")
    throw new CommandError(
      `Database ${access.instance} is "${state}" and cannot be stopped now. Pods and nodes are gone; type the same command again later.`,
    );
  await access.database.send(new StopDBInstanceCommand({ DBInstanceIdentifier: access.instance }));
}

async function stateOf({ database, instance }: PowerAccess): Promise<string> {
  const wanted = { DBInstanceIdentifier: instance };
  const { DBInstances = [] } = await database.send(new DescribeDBInstancesCommand(wanted));
  return DBInstances[0]?.DBInstanceStatus ?? "unknown";
}

async function switchPods({ functions, functionName }: PowerAccess, to: "awake" | "asleep"): Promise<void> {
  const answer = await functions.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ to }) }),
  );
  if (answer.FunctionError === undefined) return;
  const said = Buffer.from(answer.Payload ?? []).toString("utf8");
  throw new CommandError(`${functionName} failed: ${said}\nWhat to do: docs/runbooks/off-hours.md`);
}
