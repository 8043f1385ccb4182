import {
  type BackupClient,
  DeleteRecoveryPointCommand,
  DisassociateRecoveryPointCommand,
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
    // AWS gives the same answer for a missing vault and for one without permission.
    if (!isError(error, "ResourceNotFoundException", "AccessDeniedException")) throw error;
  }
  return points.sort((one, other) => (one.day < other.day ? -1 : 1));
}

/**
 * Asks AWS to delete backups, which takes minutes. The continuous one is handed back to RDS instead, and goes with the database:
 * deleting it would turn RDS's automated backups off, which restarts a database that runs, or waits for its maintenance window.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-stopping.html
 * Left out are those that are on their way already, and those that are still
 * being taken: the next look finds them.
 */
export async function deleteRecoveryPoints(
  client: BackupClient,
  vault: string,
  points: readonly RecoveryPoint[],
): Promise<void> {
  const passed = ["ResourceNotFoundException", "InvalidRequestException", "InvalidResourceStateException"];
  for (const { arn } of points) {
    try {
      const point = { BackupVaultName: vault, RecoveryPointArn: arn };
      if (isContinuous(arn)) await client.send(new DisassociateRecoveryPointCommand(point));
      else await client.send(new DeleteRecoveryPointCommand(point));
    } catch (error) {
      if (!isError(error, ...passed)) throw error;
    }
  }
}

/** `arn:aws:backup:us-east-1:111122223333:recovery-point:continuous:db-…`; a snapshot's ARN is one of RDS. */
const isContinuous = (arn: string): boolean => arn.includes(":recovery-point:continuous:");
