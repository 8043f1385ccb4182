import { BackupClient } from "@aws-sdk/client-backup";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { KMSClient } from "@aws-sdk/client-kms";
import { RDSClient } from "@aws-sdk/client-rds";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { STSClient } from "@aws-sdk/client-sts";
import type { AwsAccess } from "../aws-access.ts";

/** The AWS services that a teardown talks to, in one region. */
export const clientsIn = (region: string, access: AwsAccess) => {
  const options = { ...access, region };
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
