import { z } from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Route } from "../protocols.ts";
import type { Inventory } from "./inventory.ts";

export const backupRoutes: readonly Route[] = [
  {
    action: "ListRecoveryPointsByBackupVault",
    method: "GET",
    path: /^\/backup-vaults\/(?<BackupVaultName>[^/]+)\/recovery-points\/?$/,
  },
];

/** AWS Backup: what is in a vault. */
export const backup = (inventory: Inventory) => ({
  ListRecoveryPointsByBackupVault: operation(
    z.object({ BackupVaultName: z.string() }),
    ({ BackupVaultName }) => {
      const vault = inventory.vaults.find(({ name }) => name === BackupVaultName);
      if (!vault) {
        throw new AwsError(
          "ResourceNotFoundException",
          `Cannot find Backup vault with name ${BackupVaultName}.`,
        );
      }
      return {
        RecoveryPoints: vault.recoveryPoints.map(({ arn, created }) => ({
          RecoveryPointArn: arn,
          BackupVaultName,
          CreationDate: created.getTime() / 1000,
          Status: "COMPLETED",
        })),
      };
    },
  ),
});
