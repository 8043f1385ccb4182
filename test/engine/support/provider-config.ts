import { accountId, region } from "./aws.ts";

/** The services that the program's resources belong to, by the names of the provider's `endpoints`. */
const services = [
  "acm",
  "backup",
  "budgets",
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
