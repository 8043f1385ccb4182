import type { Ask } from "../../cli/ask.ts";
import type { Console } from "../../cli/progress.ts";
import type { ProgramRun } from "../../plan/monitor/index.ts";
import type { AwsAccess } from "../aws-access.ts";
import type { EngineSurroundings } from "../pulumi/engine.ts";

/** How long the steps of a teardown wait, milliseconds: AWS takes its time, and a test does not have it. */
export interface Patience {
  /** Between two looks. */
  pollMs: number;
  /** For load balancers and nodes to go, once nothing runs in the cluster. Then the cluster's own deletion ends them. */
  clusterMs: number;
  /** For network interfaces that hold the network: those of Lambda take 20 to 40 minutes. */
  networkMs: number;
  /** For AWS's list of tagged resources to forget what is deleted. */
  listingMs: number;
}

export const usualPatience: Patience = {
  pollMs: 15_000,
  clusterMs: 10 * 60_000,
  networkMs: 45 * 60_000,
  listingMs: 5 * 60_000,
};

/** Where a teardown runs: the terminal, the environment variables, AWS. */
export interface Surroundings extends EngineSurroundings {
  /** What is under way. */
  console: Console;
  /** Asks a person; undefined without a terminal. */
  ask: Ask | undefined;
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal;
  /** Endpoint and credentials, where they are not the usual ones of the AWS SDK. */
  aws: Partial<AwsAccess>;
  patience: Patience;
  now(): Date;
  /** What the program declares for an environment. */
  plan(environment: string): Promise<ProgramRun>;
}
