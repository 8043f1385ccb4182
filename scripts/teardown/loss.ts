import { paginateListRecoveryPointsByBackupVault } from "@aws-sdk/client-backup";
import { messageOf } from "../sandbox/errors.ts";
import { isError } from "./clients.ts";
import type { Context } from "./context.ts";
import { foundLogGroups } from "./leftovers/log-groups.ts";
import { type Snapshot, snapshotsOf } from "./leftovers/snapshots.ts";
import type { VaultName } from "./names.ts";

/** Which data a teardown ends, a line each; what is kept is named as kept. */
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
    ({ kind, name, size }) =>
      `${kind} ${name}${size === undefined ? "" : ` (${size} GiB)`}: ${keep ? "KEPT" : "deleted"}`,
  );

async function backupLines(context: Context): Promise<string[]> {
  const lines: string[] = [];
  for (const vault of context.names.vaults) {
    const days = await recoveryPointDays(context, vault);
    if (days.length === 0) continue;
    lines.push(
      `backup vault ${vault.name} (${vault.region}): ${days.length} recovery point${days.length === 1 ? "" : "s"}, ${days[0]} to ${days.at(-1)}`,
    );
  }
  return lines;
}

/** The days of a vault's recovery points, oldest first. */
async function recoveryPointDays(context: Context, { name, region }: VaultName): Promise<string[]> {
  const client = context.clientsIn(region).backup;
  const days: string[] = [];
  try {
    const pages = paginateListRecoveryPointsByBackupVault({ client }, { BackupVaultName: name });
    for await (const { RecoveryPoints = [] } of pages) {
      days.push(...RecoveryPoints.map(({ CreationDate }) => CreationDate?.toISOString().slice(0, 10) ?? ""));
    }
  } catch (error) {
    if (!isError(error, "ResourceNotFoundException")) throw error;
  }
  return days.sort();
}

async function logLines({ clients, names }: Context): Promise<string[]> {
  const groups = await foundLogGroups(clients.logs, names.logGroups);
  if (groups.length === 0) return [];
  const megabytes = groups.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  return [
    `the logs: ${groups.length} named log groups, ${megabytes.toFixed(0)} MB, besides those of network and cache`,
  ];
}

/** What cannot be looked at is said to be so: the rest is worth knowing all the same. */
async function looked(what: string, look: () => Promise<string[]>): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    return [`${what}: not to be seen with these credentials (${messageOf(error)})`];
  }
}
