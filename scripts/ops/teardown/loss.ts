import { messageOf } from "../../cli/errors.ts";
import type { Context } from "./context.ts";
import { foundLogGroups } from "./leftovers/log-groups.ts";
import { recoveryPointsIn } from "./leftovers/recovery-points.ts";
import { type Snapshot, snapshotsOf } from "./leftovers/snapshots.ts";

/** The data that a teardown deletes or keeps, a line each. */
export async function lossOf(context: Context): Promise<string[]> {
  const { names, environment } = context;
  const { database, secrets } = environment;
  const lines = [
    ...names.databases.map(
      (name) =>
        `database ${name}: ${database.storageGb} GiB or more, and its automated backups of ${database.backupRetentionDays} days` +
        (database.finalSnapshot ? "; a last snapshot is KEPT" : "; no last snapshot is taken"),
    ),
    ...(await looked("snapshots", async () =>
      snapshotLines(await snapshots(context), context.keepSnapshots),
    )),
    ...(await looked("backups", () => backupLines(context))),
    ...names.caches.map((name) => `cache ${name}: rate limits, sessions, queued reminders`),
    `${names.secrets.length} secrets, with no way back (secrets.recoveryWindowDays: ${secrets.recoveryWindowDays})`,
    ...(await looked("logs", async () => logLines(context))),
    "the API's images in ECR, and the load balancer's access logs in S3",
  ];
  return lines;
}

const snapshots = ({ clients, names }: Context): Promise<Snapshot[]> => snapshotsOf(clients, names);

const snapshotLines = (found: readonly Snapshot[], keep: boolean): string[] =>
  found.map(
    ({ kind, name, sizeGib: size }) =>
      `${kind} ${name}${size === undefined ? "" : ` (${size} GiB)`}: ${keep ? "KEPT" : "deleted"}`,
  );

async function backupLines(context: Context): Promise<string[]> {
  const lines: string[] = [];
  for (const vault of context.names.vaults) {
    const points = await recoveryPointsIn(context.clientsIn(vault.region).backup, vault.name);
    if (points.length === 0) continue;
    const count = points.length === 1 ? "1 recovery point" : `${points.length} recovery points`;
    lines.push(
      `backup vault ${vault.name} (${vault.region}): ${count}, ${points[0]?.day} to ${points.at(-1)?.day}`,
    );
  }
  return lines;
}

async function logLines({ clients, names }: Context): Promise<string[]> {
  const groups = await foundLogGroups(clients.logs, names.logGroups);
  if (groups.length === 0) return [];
  const megabytes = groups.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  return [`the logs: ${megabytes.toFixed(0)} MB in CloudWatch, besides those of network and cache`];
}

/** Names what cannot be looked at, and still shows the rest. */
async function looked(what: string, look: () => Promise<string[]>): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    return [`${what}: not to be seen with these credentials (${messageOf(error)})`];
  }
}
