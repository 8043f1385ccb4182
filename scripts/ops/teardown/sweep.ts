import type { Context } from "./context.ts";
import { deleteLogGroups, foundLogGroups } from "./leftovers/log-groups.ts";
import { endPendingSecrets } from "./leftovers/secrets.ts";
import { deleteSnapshots, snapshotsOf } from "./leftovers/snapshots.ts";

/** RDS's enhanced monitoring of all databases of an account writes to this one group: it is no environment's own. */
const sharedLogGroup = "RDSOSMetrics";

/** Ends what AWS leaves behind after a destroy. Each part looks for itself what there is. */
export async function sweep(context: Context): Promise<void> {
  const { clients, names, console, to } = context;
  const parts: [what: string, work: () => Promise<string[]>][] = [
    ["secrets that wait for their deletion", () => endPendingSecrets(clients.secrets, names.secrets)],
    ["log groups that came back", () => deleteLogGroups(clients.logs, names.logGroups)],
    ["snapshots and retained backups", () => sweepSnapshots(context)],
  ];
  for (const [what, work] of parts) {
    to.stopped.throwIfAborted();
    const done = await console.step(`swept: ${what}`, work);
    for (const each of done) console.print(`      ${each}`);
  }
  const shared = await foundLogGroups(clients.logs, [sharedLogGroup]);
  if (shared.length > 0)
    console.print(`    left alone: log group ${sharedLogGroup}, which all databases of the account share`);
}

const sweepSnapshots = async ({ clients, names, keepSnapshots }: Context): Promise<string[]> =>
  keepSnapshots ? [] : deleteSnapshots(await snapshotsOf(clients, names));
