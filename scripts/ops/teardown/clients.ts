import { BackupClient } from "@aws-sdk/client-backup";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { KMSClient } from "@aws-sdk/client-kms";
import { RDSClient } from "@aws-sdk/client-rds";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import { CommandError } from "../../cli/errors.ts";
import type { AwsAccess } from "../database/target.ts";

/** The AWS services that a teardown talks to, in one region. */
export const clientsIn = (region: string, access: Partial<AwsAccess> & { profile?: string }) => {
  const options = { maxAttempts: 5, ...access, region };
  return {
    region,
    backup: new BackupClient(options),
    cache: new ElastiCacheClient(options),
    database: new RDSClient(options),
    keys: new KMSClient(options),
    logs: new CloudWatchLogsClient(options),
    network: new EC2Client(options),
    secrets: new SecretsManagerClient(options),
    identity: new STSClient(options),
    tags: new ResourceGroupsTaggingAPIClient(options),
  };
};
export type Clients = ReturnType<typeof clientsIn>;

/** Whether AWS answered with one of these errors, by name. */
export const isError = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/** Errors of the AWS SDK in words that say what to do; others stay what they are. */
export function inWords(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CommandError) return error;
  const { name, message } = error;
  if (name === "CredentialsProviderError") {
    return new CommandError("There are no AWS credentials: aws sso login, or set AWS_PROFILE.", {
      cause: error,
    });
  }
  if (
    /^(ExpiredToken|ExpiredTokenException|RequestExpired|InvalidClientTokenId|UnrecognizedClientException)$/.test(
      name,
    )
  ) {
    return new CommandError(
      `AWS does not accept the credentials (${message}): sign in again, then type the same command.`,
      { cause: error },
    );
  }
  if (/AccessDenied|UnauthorizedOperation|AuthorizationError/.test(name)) {
    return new CommandError(
      `These AWS credentials may not do that: ${message}\nWhich rights a teardown needs: docs/runbooks/teardown.md`,
      { cause: error },
    );
  }
  if (/ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError/.test(`${name} ${message}`)) {
    return new CommandError(
      `AWS does not answer (${message}). Type the same command again once the network is back.`,
      { cause: error },
    );
  }
  return error;
}
