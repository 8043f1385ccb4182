import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { parseEnvironment, type StackEnvironment } from "../../../infra/config/load.ts";
import { expiryOf, isExpired } from "../../../infra/schedule/expiry.ts";
import { CommandError } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Console } from "../../cli/progress.ts";
import type { ProgramRun } from "../../plan/monitor/index.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { type AwsAccess, awsAccess } from "../aws-access.ts";
import { Engine } from "../pulumi/engine.ts";
import type { StackState } from "../pulumi/state.ts";
import { checkedAccount } from "./account.ts";
import type { Arguments } from "./arguments.ts";
import { clientsIn } from "./clients.ts";
import type { Context } from "./context.ts";
import { destroyAll, emptyCluster } from "./destroy.ts";
import { lossOf } from "./loss.ts";
import { namesOf } from "./names.ts";
import { describeProtections, protectionsOf } from "./protections.ts";
import { whatGoes } from "./show.ts";
import type { Surroundings } from "./surroundings.ts";
import { sweep } from "./sweep.ts";
import { describeVerdict, verify } from "./verify.ts";

/** Tears an environment down, and returns the exit code. @throws CommandError where it is refused, or a step fails */
export async function teardown(given: Arguments, to: Surroundings): Promise<number> {
  const { config } = readProject(to.root, given.environment);
  const environment = parseEnvironment(config, given.environment);
  if (given.ifExpired && !isExpired(environment.schedule, to.now())) {
    to.out(`${stillLives(environment)}: nothing to do.\n`);
    return exitCodes.done;
  }
  const engine = new Engine(environment.name, to);
  const state = await unprotectedState(environment, engine, to.console);
  const plan = await to.console.step(`plan of ${environment.name}`, () => to.plan(environment.name));
  const access = { ...awsAccess(config, environment.name), ...to.aws };
  const context = await contextOf(given, to, { environment, engine, state, plan, access });
  await refuseIfElsewhere(context, state);
  await show(context, state, plan);
  if (given.dryRun) {
    to.out("\nDry run: nothing was changed.\n");
    return exitCodes.done;
  }
  await confirm(given, context);
  return await carryOut(context, state);
}

function stillLives({ name, schedule }: StackEnvironment): string {
  const end = expiryOf(schedule)?.toISOString();
  const lives = end === undefined ? "has no time to live" : `may live until ${end}`;
  return `"${name}" ${lives} (bulwark:schedule.expires)`;
}

/**
 * What the stack consists of, once nothing protects it; undefined where the backend has no such stack. What the configuration
 * protects is refused also where Pulumi is missing or cannot be asked.
 * @throws CommandError with the protections, or exit code 3 without a Pulumi CLI
 */
async function unprotectedState(
  environment: StackEnvironment,
  engine: Engine,
  console: Console,
): Promise<StackState | undefined> {
  const configured = protectionsOf(environment, undefined).standing.length > 0;
  const isThere = await engine.isThere();
  const state = isThere
    ? await console.step("what Pulumi's backend knows", () =>
        engine.state().catch((error: unknown) => {
          if (!configured) throw error;
          return undefined;
        }),
      )
    : undefined;
  refuseIfProtected(environment, state);
  if (!isThere) {
    const where = "https://www.pulumi.com/docs/install/";
    throw new CommandError(`There is no Pulumi CLI on PATH, which does the deleting: ${where}`, {
      exitCode: exitCodes.missing,
    });
  }
  if (state !== undefined || environment.tier !== "sandbox") return state;
  throw new CommandError(
    `"${environment.name}" is not deployed anywhere. The sandbox of this machine: npm run sandbox -- --reset`,
    { exitCode: exitCodes.refused },
  );
}

function refuseIfProtected(environment: StackEnvironment, state: StackState | undefined): void {
  const protections = protectionsOf(environment, state);
  if (protections.standing.length === 0) return;
  const isDeployed = state === undefined || state.real.length > 0;
  throw new CommandError(describeProtections(environment, protections, isDeployed), {
    exitCode: exitCodes.refused,
  });
}

interface Found {
  environment: StackEnvironment;
  engine: Engine;
  state: StackState | undefined;
  plan: ProgramRun;
  access: AwsAccess;
}

async function contextOf(given: Arguments, to: Surroundings, found: Found): Promise<Context> {
  const { environment, engine, state, plan, access } = found;
  const inRegion = (region: string) => clientsIn(region, access);
  const clients = inRegion(environment.region);
  return {
    environment,
    engine,
    clients,
    clientsIn: inRegion,
    names: namesOf(plan.resources, environment.region),
    account: await checkedAccount(clients, environment, state),
    keepSnapshots: given.keepSnapshots || environment.database.finalSnapshot,
    console: to.console,
    to,
  };
}

/** An empty stack beside a living network: the environment is managed from another backend, and not to be swept away. */
async function refuseIfElsewhere(
  { clients, environment, account }: Context,
  state: StackState | undefined,
): Promise<void> {
  if (state !== undefined && state.real.length > 0) return;
  const { name, region } = environment;
  const Filters = [{ Name: "tag:bulwark:environment", Values: [name] }];
  const { Vpcs = [] } = await clients.network.send(new DescribeVpcsCommand({ Filters }));
  if (Vpcs.length === 0) return;
  throw new CommandError(
    `Pulumi's backend knows of nothing in stack "${name}", but account ${account.id} (${region}) has its network ` +
      `${Vpcs.map(({ VpcId }) => VpcId).join(", ")}. Nothing was changed.\n` +
      "Log in to the backend that the environment was deployed from (pulumi login), then type the same command again.",
    { exitCode: exitCodes.refused },
  );
}

async function show(context: Context, state: StackState | undefined, plan: ProgramRun): Promise<void> {
  const { environment, account, to } = context;
  const { name, region } = environment;
  to.out(`Environment ${name}, AWS account ${account.id} (${account.because}), ${region}.\n\n`);
  if (state === undefined || state.real.length === 0) {
    const known = state === undefined ? "Pulumi knows no such stack" : "Nothing of it is deployed any more";
    to.out(`${known}: only what AWS left behind is looked for.\n`);
    return;
  }
  const goes = whatGoes({ resources: state.asPlanned, project: plan.project, stack: plan.stack });
  to.out(`What goes: ${goes.join("\n")}\n\n`);
  to.out(`Data that is lost for good:\n${(await lossOf(context)).map((line) => `  - ${line}\n`).join("")}`);
}

async function confirm({ confirmed }: Arguments, { environment: { name }, to }: Context): Promise<void> {
  if (confirmed !== undefined) return;
  if (to.ask === undefined) {
    throw new CommandError(
      `Nobody can be asked here (no terminal). To delete "${name}" all the same: npm run teardown -- ${name} --yes-delete ${name}`,
      { exitCode: exitCodes.refused },
    );
  }
  const answer = await to.ask(`\nTo delete all of this, type the environment's name: `);
  to.stopped.throwIfAborted();
  if (answer.trim() !== name) {
    throw new CommandError(`"${answer.trim()}" is not "${name}". Nothing was changed.`, {
      exitCode: exitCodes.refused,
    });
  }
}

async function carryOut(context: Context, state: StackState | undefined): Promise<number> {
  const { environment, to } = context;
  if (state !== undefined && state.real.length > 0) {
    await emptyCluster(context, state);
    await destroyAll(context);
  }
  await sweep(context);
  const verdict = await context.console.step("asked AWS what still carries the environment's tag", () =>
    verify(context),
  );
  to.out(`\n${describeVerdict(environment.name, verdict)}\n`);
  if (verdict.left.length > 0) return exitCodes.failure;
  to.out(
    `The stack itself is empty now, and its configuration is still there: "pulumi up --stack ${environment.name}" makes it anew.\n`,
  );
  return exitCodes.done;
}
