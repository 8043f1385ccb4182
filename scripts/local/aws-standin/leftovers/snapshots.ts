import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import { NamedList } from "../protocols.ts";
import type { Context } from "../state.ts";
import type { DbInstance, Inventory } from "./inventory.ts";

const page = { MaxRecords: z.string().optional(), Marker: z.string().optional() };
const Filters = z
  .array(z.object({ Name: z.literal("db-instance-id"), Values: z.array(z.string()) }))
  .default([]);

/** RDS: databases as they are stopped and started. */
const databaseInstances = (inventory: Inventory) => {
  const named = z.object({ DBInstanceIdentifier: z.string() });
  const found = ({ DBInstanceIdentifier: id }: z.output<typeof named>) => {
    const instance = inventory.dbInstances.find(({ name }) => name === id);
    if (!instance) throw new AwsError("DBInstanceNotFound", `DBInstance ${id} not found.`, 404);
    return instance;
  };
  const shown = ({ name, restorable }: DbInstance, DBInstanceStatus: string | undefined) => ({
    DBInstanceIdentifier: name,
    DBInstanceStatus,
    ...(restorable === undefined ? {} : { LatestRestorableTime: restorable.toISOString() }),
  });
  /** RDS refuses it in any state but one. */
  const change = (from: string, to: string[]) =>
    operation(named, (input) => {
      const instance = found(input);
      if (instance.states[0] !== from)
        throw new AwsError("InvalidDBInstanceState", `Instance ${instance.name} is not in ${from} state.`);
      instance.states = to;
      return { DBInstance: shown(instance, to[0]) };
    });
  return {
    DescribeDBInstances: operation(named, (input) => {
      const instance = found(input);
      const [state] = instance.states.length > 1 ? instance.states.splice(0, 1) : instance.states;
      return { DBInstances: new NamedList("DBInstance", [shown(instance, state)]) };
    }),
    StartDBInstance: change("stopped", ["starting", "available"]),
    StopDBInstance: change("available", ["stopping", "stopped"]),
  };
};

/** RDS: snapshots, and automated backups that outlive their database. */
export const rds = (inventory: Inventory, { region, accountId }: Context) => {
  const arn = (kind: string, name: string) => `arn:aws:rds:${region}:${accountId}:${kind}:${name}`;
  const ofWanted = (filters: z.output<typeof Filters>, database: string) =>
    filters.every(({ Values }) => Values.includes(database));

  const DescribeDBSnapshots = operation(
    z.object({
      Filters,
      SnapshotType: z.enum(["manual", "automated"]).optional(),
      DBSnapshotIdentifier: z.string().optional(),
      ...page,
    }),
    (input) => {
      const { SnapshotType, DBSnapshotIdentifier: id } = input;
      const found = inventory.dbSnapshots
        .filter(({ database }) => ofWanted(input.Filters, database))
        .filter(({ type }) => SnapshotType === undefined || type === SnapshotType)
        .filter(({ name }) => id === undefined || id === name || id === arn("snapshot", name));
      if (id !== undefined && found.length === 0) throw snapshotNotFound(id);
      const described = found.map(({ name, database, sizeGb, type }) => ({
        DBSnapshotIdentifier: name,
        DBInstanceIdentifier: database,
        DBSnapshotArn: arn("snapshot", name),
        AllocatedStorage: sizeGb,
        SnapshotType: type,
        Status: "available",
      }));
      return { DBSnapshots: new NamedList("DBSnapshot", described) };
    },
  );

  const DeleteDBSnapshot = operation(z.object({ DBSnapshotIdentifier: z.string() }), (input) => {
    const id = input.DBSnapshotIdentifier;
    const found = inventory.dbSnapshots.find(({ name }) => name === id);
    if (!found) throw snapshotNotFound(id);
    inventory.dbSnapshots = inventory.dbSnapshots.filter((one) => one !== found);
    return { DBSnapshot: { DBSnapshotIdentifier: id, Status: "deleted" } };
  });

  const DescribeDBInstanceAutomatedBackups = operation(z.object({ Filters, ...page }), (input) => {
    const found = inventory.automatedBackups.filter(({ database }) => ofWanted(input.Filters, database));
    const described = found.map(({ resourceId, database, status }) => ({
      DbiResourceId: resourceId,
      DBInstanceIdentifier: database,
      DBInstanceAutomatedBackupsArn: arn("auto-backup", `ab-${resourceId}`),
      Status: status,
    }));
    return { DBInstanceAutomatedBackups: new NamedList("DBInstanceAutomatedBackup", described) };
  });

  const DeleteDBInstanceAutomatedBackup = operation(z.object({ DbiResourceId: z.string() }), (input) => {
    const found = inventory.automatedBackups.find(({ resourceId }) => resourceId === input.DbiResourceId);
    if (!found) {
      throw new AwsError(
        "DBInstanceAutomatedBackupNotFound",
        `No automated backup for ${input.DbiResourceId}.`,
        404,
      );
    }
    if (found.status !== "retained") {
      throw new AwsError(
        "InvalidDBInstanceAutomatedBackupState",
        "The automated backup is in an invalid state.",
      );
    }
    inventory.automatedBackups = inventory.automatedBackups.filter((one) => one !== found);
    return { DBInstanceAutomatedBackup: { DbiResourceId: found.resourceId, Status: "deleting" } };
  });

  return {
    ...databaseInstances(inventory),
    DescribeDBSnapshots,
    DeleteDBSnapshot,
    DescribeDBInstanceAutomatedBackups,
    DeleteDBInstanceAutomatedBackup,
  };
};

const snapshotNotFound = (id: string): AwsError =>
  new AwsError("DBSnapshotNotFound", `DBSnapshot ${id} not found.`, 404);

/** ElastiCache: snapshots. `user` asks for manual ones, which then call themselves `manual`. */
export const cacheSnapshots = (inventory: Inventory, { region, accountId }: Context) => {
  const DescribeSnapshots = operation(
    z.object({ SnapshotSource: z.enum(["user", "system"]).optional(), ...page }),
    ({ SnapshotSource }) => {
      const source = SnapshotSource === "user" ? "manual" : "automated";
      const described = inventory.cacheSnapshots
        .filter((snapshot) => SnapshotSource === undefined || snapshot.source === source)
        .map(({ name, replicationGroup, ...snapshot }) => ({
          SnapshotName: name,
          ReplicationGroupId: replicationGroup,
          SnapshotSource: snapshot.source,
          SnapshotStatus: "available",
          ARN: `arn:aws:elasticache:${region}:${accountId}:snapshot:${name}`,
        }));
      return { Snapshots: new NamedList("Snapshot", described) };
    },
  );

  const DeleteSnapshot = operation(z.object({ SnapshotName: z.string() }), ({ SnapshotName }) => {
    const found = inventory.cacheSnapshots.find(({ name }) => name === SnapshotName);
    if (!found) throw new AwsError("SnapshotNotFoundFault", `Snapshot ${SnapshotName} not found.`, 404);
    inventory.cacheSnapshots = inventory.cacheSnapshots.filter((one) => one !== found);
    return { Snapshot: { SnapshotName, SnapshotStatus: "deleting" } };
  });

  return { DescribeSnapshots, DeleteSnapshot };
};
