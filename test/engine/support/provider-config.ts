import { accountId, region } from "./account.ts";

/** The services that the program's resources belong to, by the names of the provider's `endpoints`. */
export const services: readonly string[] = [
  "acm",
  "backup",
  "budgets",
  "cloudtrail",
  "cloudwatch",
  "ec2",
  "ecr",
  "eks",
  "elasticache",
  "elbv2",
  "events",
  "iam",
  "kms",
  "lambda",
  "logs",
  "rds",
  "route53",
  "s3",
  "s3control",
  "scheduler",
  "secretsmanager",
  "sfn",
  "sns",
  "sqs",
  "sts",
  "wafv2",
];

/** Configuration alone sends the AWS provider elsewhere: the program has no code for it. */
export const providerConfig = (url: string): Record<string, unknown> => ({
  "aws:region": region,
  "aws:accessKey": accountId,
  "aws:secretKey": "engine-test",
  "aws:endpoints": [Object.fromEntries(services.map((service) => [service, url]))],
  "aws:skipCredentialsValidation": true,
  "aws:skipMetadataApiCheck": true,
  "aws:s3UsePathStyle": true,
});

const roleArn = (name: string): string => `arn:aws:iam::${accountId}:role/bulwark-${name}`;

/** What a person puts in place of the files' placeholders. */
export const ownSettings = (hostedZoneId: string, domain: string): Record<string, unknown> => ({
  "bulwark:edge.hostedZoneId": hostedZoneId,
  "bulwark:edge.domain": domain,
  "bulwark:workload.imageDigest": `sha256:${"d".repeat(64)}`,
  "bulwark:workload.corsOrigins": ["https://app.bulwark-e2e.net"],
  "bulwark:cluster.publicAccessCidrs": ["198.18.0.0/24"],
  "bulwark:cluster.adminRoleArns": [roleArn("admin")],
  "bulwark:cluster.deployRoleArn": roleArn("deploy"),
  "bulwark:alarms.page": ["page@bulwark-e2e.net"],
  "bulwark:alarms.notify": ["notify@bulwark-e2e.net"],
  "bulwark:alarms.security": ["security@bulwark-e2e.net"],
});
