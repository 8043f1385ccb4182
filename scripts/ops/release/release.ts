import { CommandError, messageOf, refusal } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Console } from "../../cli/progress.ts";
import type { DeploymentOptions, Engine } from "../pulumi/engine.ts";
import { type CheckAccess, readiness } from "./checks.ts";

/** What a release works with. */
export interface ReleaseAccess {
  environment: string;
  engine: Engine;
  checks: CheckAccess;
  console: Console;
  /** What is wrong with the deployed API, as anybody on the internet sees it. */
  faults(): Promise<string[]>;
  stopped: AbortSignal;
}

/**
 * Deploys an image: looks first whether it may be done now, deploys (migrations run before the pods), asks the API, and puts the
 * image before back by itself where that fails. Migrations only add (docs/migrations.md), so the image before runs on them.
 * @param plan file of `pulumi preview --save-plan` @returns the exit code @throws CommandError
 */
export async function release(access: ReleaseAccess, digest: string, plan?: string): Promise<number> {
  const { console, environment } = access;
  const { problems, restorable } = await console.step("whether it may be done now", () =>
    readiness(access.checks),
  );
  if (problems.length > 0) {
    const listed = problems.map((problem, index) => `  ${index + 1}. ${problem}`);
    throw refusal(`Nothing was changed. "${environment}" is not ready for a release:\n${listed.join("\n")}`);
  }
  const { image: before, pods } = await deployed(access);
  console.figure("image before", before ?? "none");
  console.figure("way back", `the data of ${restorable?.toISOString()} (docs/runbooks/restore.md)`);
  const wrong = await rollOut(access, digest, { plan });
  if (wrong === undefined) return exitCodes.done;
  console.warn(wrong);
  if (before === undefined || before === digest)
    throw new CommandError(`There is no other image to go back to. ${seeLogs(environment)}`);
  const worse = await rollOut(access, before, { givenUp: digest, only: pods });
  if (worse === undefined)
    throw new CommandError(
      `The release failed, and ${before} is back: "${environment}" answers. The database keeps what the migrations added.`,
    );
  throw new CommandError(
    `The release failed, and so did the way back to ${before}: ${worse}\n${seeLogs(environment)}`,
  );
}

/** Deploys the image before the present one, and nothing else. @returns the exit code @throws CommandError */
export async function rollback(access: ReleaseAccess): Promise<number> {
  const { engine, environment, console } = access;
  const { image: now, pods } = await deployed(access);
  const before = (await engine.releasedImages()).find((digest) => digest !== now);
  if (before === undefined)
    throw refusal(`The history of "${environment}" has no other image: nothing was changed.`);
  console.figure("from", now ?? "none");
  console.figure("back to", before);
  const wrong = await rollOut(access, before, { givenUp: now, only: pods });
  if (wrong === undefined) return exitCodes.done;
  throw new CommandError(`${wrong}\n${seeLogs(environment)}`);
}

const seeLogs = (environment: string): string =>
  `What the pods say: kubectl -n bulwark get pods, and their logs; docs/runbooks/service-down.md. Again: npm run rollback -- ${environment}`;

/** The image that is deployed, and the URNs of what runs it: the way back changes nothing else, so it needs no plan of its own. */
async function deployed({ engine, environment }: ReleaseAccess) {
  const state = await engine.state();
  if (state !== undefined) return { image: state.image, pods: state.pods.map(({ urn }) => urn) };
  throw refusal(
    `Pulumi's backend knows no stack "${environment}". Is this the right one? pulumi whoami --verbose`,
  );
}

/** What went wrong; undefined once the image is deployed and answers. @throws once a person has stopped it */
async function rollOut(
  access: ReleaseAccess,
  digest: string,
  how: DeploymentOptions,
): Promise<string | undefined> {
  const { engine, console, stopped } = access;
  await engine.setImage(digest);
  console.print(`Deploying ${digest} …`);
  const { code } = await engine.up(how);
  stopped.throwIfAborted();
  if (code !== 0) return `pulumi up of ${digest} ended with ${code}: its last lines say why.`;
  const faults = await console
    .step("asked the API", () => access.faults())
    .catch((error) => [messageOf(error)]);
  stopped.throwIfAborted();
  return faults.length === 0 ? undefined : `${digest} does not answer as it must:\n  ${faults.join("\n  ")}`;
}
