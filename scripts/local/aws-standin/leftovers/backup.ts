import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Route } from "../protocols.ts";
import type { Inventory, Vault } from "./inventory.ts";

export const backupRoutes: readonly Route[] = [
  {
    action: "ListRecoveryPointsByBackupVault",
    method: "GET",
    path: /^\/backup-vaults\/(?<BackupVaultName>[^/]+)\/recovery-points\/?$/,
  },
  {
    action: "DisassociateRecoveryPoint",
    method: "POST",
    path: /^\/backup-vaults\/(?<BackupVaultName>[^/]+)\/recovery-points\/(?<RecoveryPointArn>[^/]+)\/disassociate$/,
  },
  {
    action: "DeleteRecoveryPoint",
    method: "DELETE",
    path: /^\/backup-vaults\/(?<BackupVaultName>[^/]+)\/recovery-points\/(?<RecoveryPointArn>[^/]+)$/,
  },
];

/** Continuous backups, of which a resource has one. */
const isContinuous = (arn: string): boolean => arn.includes(":recovery-point:continuous:");
const pointInput = z.object({ BackupVaultName: z.string(), RecoveryPointArn: z.string() });

/** AWS Backup: what is in a vault. */
export const backup = (inventory: Inventory) => {
  const find = (wanted: string): Vault => {
    const vault = inventory.vaults.find(({ name }) => name === wanted);
    if (vault) return vault;
    throw new AwsError("ResourceNotFoundException", `Cannot find Backup vault with name ${wanted}.`);
  };

  const ListRecoveryPointsByBackupVault = operation(
    z.object({ BackupVaultName: z.string() }),
    ({ BackupVaultName }) => ({
      RecoveryPoints: find(BackupVaultName).recoveryPoints.map(({ arn, created }) => ({
        RecoveryPointArn: arn,
        BackupVaultName,
        CreationDate: created.getTime() / 1000,
        Status: "COMPLETED",
      })),
    }),
  );

  const takeOut = ({ BackupVaultName, RecoveryPointArn }: z.output<typeof pointInput>) => {
    const vault = find(BackupVaultName);
    const left = vault.recoveryPoints.filter(({ arn }) => arn !== RecoveryPointArn);
    if (left.length === vault.recoveryPoints.length) {
      throw new AwsError("ResourceNotFoundException", `Cannot find recovery point ${RecoveryPointArn}.`);
    }
    vault.recoveryPoints = left;
    return {};
  };

  // A continuous one stays until the database's maintenance window turns its automated backups off.
  const DeleteRecoveryPoint = operation(pointInput, (point) =>
    isContinuous(point.RecoveryPointArn) ? {} : takeOut(point),
  );

  const DisassociateRecoveryPoint = operation(pointInput, (point) => {
    if (isContinuous(point.RecoveryPointArn)) return takeOut(point);
    const is = "is not a continuous backup, and cannot be disassociated.";
    throw new AwsError("InvalidRequestException", `${point.RecoveryPointArn} ${is}`);
  });

  return { ListRecoveryPointsByBackupVault, DeleteRecoveryPoint, DisassociateRecoveryPoint };
};
