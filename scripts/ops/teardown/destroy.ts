import { CommandError } from "../../cli/errors.ts";
import type { StackState } from "../pulumi/state.ts";
import type { Context } from "./context.ts";
import { deleteRecoveryPoints, recoveryPointsIn } from "./leftovers/recovery-points.ts";
import { deleteForgottenGroups, describeHolders, holdersOf, releaseAvailable } from "./network.ts";
import { untilNone } from "./wait.ts";

/** Everything in Kubernetes, and the add-ons whose pods run on the nodes. */
const inCluster = ["**kubernetes:**", "**aws:eks/addon:Addon**"];
const attempts = 3;

/** What AWS answers while something else still uses a resource: waiting helps, and so does deleting the user. */
const hanging =
  /DependencyViolation|has a dependent object|dependencies and cannot be deleted|NetworkInterfaceInUse|is currently in use|InvalidSubnet\.Conflict|ResourceInUse|BucketNotEmpty|contains (\d+ )?recovery points/i;

/**
 * Takes out what runs in the cluster while the cluster is whole: Auto Mode's controllers remove load balancer and nodes only as
 * long as they live, and a controller that is gone leaves both behind, with their price.
 */
export async function emptyCluster(context: Context, state: StackState): Promise<void> {
  const { console, engine, names, to } = context;
  if (state.inCluster.length === 0) return console.note("Nothing of the stack is left in the cluster.");
  console.note(
    `First what is in the cluster (${state.inCluster.length} resources), so that it can clear up behind itself:`,
  );
  const { code, text } = await engine.destroy(inCluster);
  to.stopped.throwIfAborted();
  if (code !== 0) throw failed(context, code, text);
  const vpcId = vpcOf(state);
  if (vpcId === undefined || names.cluster === undefined) return;
  const look = async () =>
    (await holdersOf(context.clients.network, vpcId)).filter(
      ({ kind }) => kind === "load balancer" || kind === "node",
    );
  const times = { pollMs: to.patience.pollMs, longestMs: to.patience.clusterMs };
  const left = await console.step("looked for load balancer and nodes", (at) =>
    untilNone(look, times, to.stopped, (holders) => {
      at(`${holders.length} in the network`);
      console.note(`Waiting for load balancer and nodes to go: ${describeHolders(holders)} in the network.`);
    }),
  );
  console.note(
    left.length === 0
      ? "Load balancer and nodes are gone."
      : `Still in the network: ${describeHolders(left)}. EKS ends them together with the cluster.`,
  );
}

/** Destroys all that the stack still has; waits for what AWS keeps for a while, and tries again. */
export async function destroyAll(context: Context): Promise<void> {
  const { console, engine, to } = context;
  for (let attempt = 1; ; attempt += 1) {
    const state = await engine.state();
    if (state === undefined || state.real.length === 0)
      return console.note("The stack has nothing left in AWS.");
    console.note(
      attempt === 1
        ? `Then the rest (${state.real.length} resources):`
        : `Try ${attempt} of ${attempts}, with ${state.real.length} resources left:`,
    );
    await emptyVaults(context, state);
    const { code, text } = await engine.destroy();
    to.stopped.throwIfAborted();
    if (code === 0) return;
    if (attempt === attempts || !hanging.test(text)) throw failed(context, code, text);
    console.warn(
      "AWS refused a deletion because something still hangs on it. This is usual, and mostly takes minutes.",
    );
    await freeNetwork(context, await engine.state());
  }
}

/**
 * Empties the backup vaults and waits until they are empty. Told to do so itself, the AWS provider asks for the deletion of RDS
 * backups and does not wait for it: https://github.com/hashicorp/terraform-provider-aws/issues/37774
 */
async function emptyVaults({ clientsIn, names, console, to }: Context, state: StackState): Promise<void> {
  if (state.all("aws:backup/vault:Vault").length === 0) return;
  for (const { name, region } of names.vaults) {
    const { backup } = clientsIn(region);
    const look = async () => {
      const points = await recoveryPointsIn(backup, name);
      await deleteRecoveryPoints(backup, name, points);
      return points;
    };
    const times = { pollMs: to.patience.pollMs, longestMs: to.patience.clusterMs };
    const left = await console.step(`looked for backups in ${name}`, (at) =>
      untilNone(look, times, to.stopped, (points) => {
        at(`${points.length} left`);
        console.note(`Deleting ${points.length} backups in ${name} (${region}).`);
      }),
    );
    if (left.length > 0)
      console.warn(`${left.length} backups in ${name} are still there; AWS may be taking one.`);
  }
}

/** Deletes leftovers in the network, and waits for what AWS deletes itself. */
async function freeNetwork(
  { clients, names, console, to }: Context,
  state: StackState | undefined,
): Promise<void> {
  const vpcId = state && vpcOf(state);
  if (state === undefined || vpcId === undefined) return;
  const look = async () => {
    const holders = await holdersOf(clients.network, vpcId);
    const released = await releaseAvailable(clients.network, holders);
    if (released > 0) console.note(`Deleted ${released} network interfaces that nobody uses any more.`);
    return holders.filter(({ kind, available }) => !available && kind !== "other");
  };
  const times = { pollMs: to.patience.pollMs, longestMs: to.patience.networkMs };
  const left = await console.step("looked for what is in use in the network", (at) =>
    untilNone(look, times, to.stopped, (holders) => {
      at(`${holders.length} in use`);
      console.note(
        `In use in the network: ${describeHolders(holders)}. AWS removes those of Lambda 20 to 40 minutes after the function.`,
      );
    }),
  );
  if (left.length > 0)
    console.warn(`Still in use: ${left.map(({ id, description }) => `${id} (${description})`).join(", ")}`);
  if (names.cluster === undefined || state.all("aws:eks/cluster:Cluster").length > 0) return;
  const groups = await deleteForgottenGroups(clients.network, vpcId, names.cluster);
  if (groups.length > 0) console.note(`Deleted security groups that EKS forgot: ${groups.join(", ")}.`);
}

const vpcOf = (state: StackState): string | undefined => state.all("aws:ec2/vpc:Vpc")[0]?.id;

/** Why Pulumi stopped, and what to do: its own words stand above. */
function failed({ environment: { name } }: Context, code: number, text: string): CommandError {
  const again = `then type the same command again: it goes on where it stopped.`;
  if (/currently locked by/.test(text)) {
    return new CommandError(
      `Another run holds the stack's lock (above). If none is running any more: pulumi cancel --stack ${name}\n${again}`,
    );
  }
  if (
    /cluster is unreachable|Unable to connect to the server|no such host|getting credentials: exec/i.test(
      text,
    )
  ) {
    return new CommandError(
      `The cluster cannot be reached (above): its load balancer and nodes can only be cleared up through it. Work from a network in ` +
        `cluster.publicAccessCidrs, with the AWS CLI on PATH, ${again}\n` +
        `If the cluster is really lost, run it once with PULUMI_K8S_DELETE_UNREACHABLE=true: docs/runbooks/teardown.md`,
    );
  }
  return new CommandError(
    `pulumi destroy failed with code ${code}: what it could not delete stands above, the rest is gone. Fix that, ${again}\n` +
      "Usual causes and their fixes: docs/runbooks/teardown.md",
  );
}
