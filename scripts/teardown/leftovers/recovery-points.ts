import {
  type BackupClient,
  DeleteRecoveryPointCommand,
  paginateListRecoveryPointsByBackupVault,
} from "@aws-sdk/client-backup";
import { isError } from "../clients.ts";

/** A backup in a vault. */
export interface RecoveryPoint {
  arn: string;
  /** YYYY-MM-DD. */
  day: string;
}

/** What is in a vault, oldest first; nothing where there is no such vault. */
export async function recoveryPointsIn(client: BackupClient, vault: string): Promise<RecoveryPoint[]> {
  const points: RecoveryPoint[] = [];
  try {
    const pages = paginateListRecoveryPointsByBackupVault({ client }, { BackupVaultName: vault });
    for await (const { RecoveryPoints = [] } of pages) {
      for (const { RecoveryPointArn: arn = "", CreationDate } of RecoveryPoints)
        points.push({ arn, day: CreationDate?.toISOString().slice(0, 10) ?? "" });
    }
  } catch (error) {
    // To who may not see a vault AWS says the same as of one that is not there.
    if (!isError(error, "ResourceNotFoundException", "AccessDeniedException")) throw error;
  }
  return points.sort((one, other) => (one.day < other.day ? -1 : 1));
}

/**
 * Asks AWS to delete backups, which takes minutes. Left out are those that are on their way already, and those that are still
 * being taken: whoever looks again finds them.
 */
export async function deleteRecoveryPoints(
  client: BackupClient,
  vault: string,
  points: readonly RecoveryPoint[],
): Promise<void> {
  const passed = ["ResourceNotFoundException", "InvalidRequestException", "InvalidResourceStateException"];
  for (const { arn } of points) {
    try {
      await client.send(new DeleteRecoveryPointCommand({ BackupVaultName: vault, RecoveryPointArn: arn }));
    } catch (error) {
      if (!isError(error, ...passed)) throw error;
    }
  }
}
