import {
  DeleteSnapshotCommand,
  type ElastiCacheClient,
  paginateDescribeSnapshots,
} from "@aws-sdk/client-elasticache";
import {
  DeleteDBInstanceAutomatedBackupCommand,
  DeleteDBSnapshotCommand,
  paginateDescribeDBInstanceAutomatedBackups,
  paginateDescribeDBSnapshots,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { type Clients, isError } from "../clients.ts";

/** A copy of the data that outlives the database or the cache it was taken of. */
export interface Snapshot {
  kind: "database snapshot" | "retained automated backup" | "cache snapshot";
  name: string;
  arn: string;
  /** Undefined for a cache's snapshot. */
  sizeGib: number | undefined;
  delete(): Promise<unknown>;
}

/** Snapshots that do not go with the database or the cache: taken by hand, last ones, automated ones that were retained. */
export async function snapshotsOf(
  { database, cache }: Pick<Clients, "database" | "cache">,
  { databases, caches }: { databases: readonly string[]; caches: readonly string[] },
): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const name of databases) {
    found.push(...(await manualSnapshots(database, name)), ...(await retainedBackups(database, name)));
  }
  for (const name of caches) found.push(...(await cacheSnapshots(cache, name)));
  return found;
}

/** By a filter: given as a parameter, the database would have to exist still. */
const ofDatabase = (name: string) => ({ Filters: [{ Name: "db-instance-id", Values: [name] }] });

async function manualSnapshots(client: RDSClient, database: string): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  const pages = paginateDescribeDBSnapshots({ client }, { ...ofDatabase(database), SnapshotType: "manual" });
  for await (const { DBSnapshots = [] } of pages) {
    for (const { DBSnapshotIdentifier, DBSnapshotArn = "", AllocatedStorage } of DBSnapshots) {
      found.push({
        kind: "database snapshot",
        name: DBSnapshotIdentifier ?? "",
        arn: DBSnapshotArn,
        sizeGib: AllocatedStorage,
        delete: () => client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier })),
      });
    }
  }
  return found;
}

async function retainedBackups(client: RDSClient, database: string): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  const pages = paginateDescribeDBInstanceAutomatedBackups({ client }, ofDatabase(database));
  for await (const { DBInstanceAutomatedBackups = [] } of pages) {
    for (const backup of DBInstanceAutomatedBackups.filter(({ Status }) => Status === "retained")) {
      found.push({
        kind: "retained automated backup",
        name: backup.DBInstanceIdentifier ?? "",
        arn: backup.DBInstanceAutomatedBackupsArn ?? "",
        sizeGib: backup.AllocatedStorage,
        delete: () =>
          client.send(new DeleteDBInstanceAutomatedBackupCommand({ DbiResourceId: backup.DbiResourceId })),
      });
    }
  }
  return found;
}

/** Manual snapshots of one cache, filtered here: ElastiCache may no longer know its name. */
async function cacheSnapshots(client: ElastiCacheClient, replicationGroup: string): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client }, { SnapshotSource: "user" })) {
    for (const { SnapshotName, ARN = "", ReplicationGroupId } of Snapshots) {
      if (ReplicationGroupId !== replicationGroup) continue;
      found.push({
        kind: "cache snapshot",
        name: SnapshotName ?? "",
        arn: ARN,
        sizeGib: undefined,
        delete: () => client.send(new DeleteSnapshotCommand({ SnapshotName })),
      });
    }
  }
  return found;
}

/**
 * Deletes snapshots. One that is deleted by then is no failure, and one that is still being taken cannot be
 * deleted yet: the next look finds it. Returns what it did, a line each.
 */
export async function deleteSnapshots(snapshots: readonly Snapshot[]): Promise<string[]> {
  const passed = [
    "DBSnapshotNotFoundFault",
    "DBInstanceAutomatedBackupNotFoundFault",
    "SnapshotNotFoundFault",
    "InvalidDBSnapshotStateFault",
    "InvalidDBInstanceAutomatedBackupStateFault",
    "InvalidSnapshotStateFault",
  ];
  const deleted: string[] = [];
  for (const snapshot of snapshots) {
    try {
      await snapshot.delete();
      deleted.push(`${snapshot.kind} ${snapshot.name}`);
    } catch (error) {
      if (!isError(error, ...passed)) throw error;
    }
  }
  return deleted;
}
