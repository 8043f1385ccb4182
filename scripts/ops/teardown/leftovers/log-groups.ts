import {
  type CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { isError } from "../clients.ts";

/** A log group that is there, with the bytes that CloudWatch says it holds. */
export interface FoundGroup {
  name: string;
  bytes: number;
}

/** Which of the log groups exist, by their exact names. */
export async function foundLogGroups(
  client: CloudWatchLogsClient,
  names: readonly string[],
): Promise<FoundGroup[]> {
  const found: FoundGroup[] = [];
  for (const logGroupNamePrefix of names) {
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix })) {
      const exact = logGroups.filter(({ logGroupName }) => logGroupName === logGroupNamePrefix);
      found.push(...exact.map(({ storedBytes }) => ({ name: logGroupNamePrefix, bytes: storedBytes ?? 0 })));
    }
  }
  return found;
}

/**
 * Deletes log groups that came back: RDS, EKS and the CloudWatch agent make theirs again, unencrypted and kept for ever, when
 * a last line arrives after the stack's own is gone; the next deployment would stumble over them. Returns the names.
 */
export async function deleteLogGroups(
  client: CloudWatchLogsClient,
  names: readonly string[],
): Promise<string[]> {
  const deleted: string[] = [];
  for (const { name } of await foundLogGroups(client, names)) {
    try {
      await client.send(new DeleteLogGroupCommand({ logGroupName: name }));
      deleted.push(name);
    } catch (error) {
      if (!isError(error, "ResourceNotFoundException")) throw error;
    }
  }
  return deleted;
}
