import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { isError } from "../clients.ts";

/**
 * Ends secrets that only wait for their deletion: as long as they do, their names are taken, and the next deployment of the
 * environment would be refused. Secrets that live are left alone. Returns the names of those it ended.
 */
export async function endPendingSecrets(
  client: SecretsManagerClient,
  names: readonly string[],
): Promise<string[]> {
  const ended: string[] = [];
  for (const SecretId of names) {
    const { DeletedDate } = await describe(client, SecretId);
    if (DeletedDate === undefined) continue;
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    ended.push(SecretId);
  }
  return ended;
}

async function describe(
  client: SecretsManagerClient,
  SecretId: string,
): Promise<{ DeletedDate?: Date | undefined }> {
  try {
    return await client.send(new DescribeSecretCommand({ SecretId }));
  } catch (error) {
    if (isError(error, "ResourceNotFoundException")) return {};
    throw error;
  }
}
