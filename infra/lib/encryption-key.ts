import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { policyDocument } from "./iam.ts";

/** AWS services that use a key in our name, besides those that use it through a caller's own permissions. */
type KeyUser = "logs" | "alarms";

export interface EncryptionKeyArgs {
  /** What the key is for, in the KMS console. */
  description: string;
  /** Where it is deployed to. */
  account: Account;
  /** Services that the key's policy lets in. */
  users: readonly KeyUser[];
  /** The trail whose log files the key encrypts. Default: none. */
  trailArn?: pulumi.Input<string> | undefined;
  /** Days between the key's deletion and its end, 7 to 30: what it encrypted is unreadable from then on. */
  deletionWindowDays: number;
  /** Leave the key when the stack goes, for snapshots that outlive it are readable only with it. Default false. */
  keep?: boolean;
  /** Region of the key. Default: the stack's. */
  region?: string;
}

/** A KMS key of our own, rotated by AWS every year, under an alias that says what it is for. */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly keyArn: pulumi.Output<string>;
  readonly keyId: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:EncryptionKey", name, {}, opts);
    const key = new aws.kms.Key(
      name,
      {
        description: args.description,
        enableKeyRotation: true,
        deletionWindowInDays: args.deletionWindowDays,
        policy: keyPolicy(args),
        region: args.region,
      },
      { parent: this, retainOnDelete: args.keep ?? false },
    );
    new aws.kms.Alias(
      name,
      { name: `alias/${name}`, targetKeyId: key.keyId, region: args.region },
      { parent: this },
    );
    this.keyArn = key.arn;
    this.keyId = key.keyId;
    this.registerOutputs({ keyArn: this.keyArn, keyId: this.keyId });
  }
}

function keyPolicy({ account, users, trailArn }: EncryptionKeyArgs): pulumi.Output<string> {
  const statements = { logs: forLogs, alarms: forAlarms };
  return policyDocument(
    forAccount(account),
    ...users.flatMap((user) => statements[user](account)),
    ...(trailArn === undefined ? [] : forTrail(trailArn)),
  );
}

/** IAM decides who uses the key; without this nobody could ever change the key again. */
const forAccount = ({ accountId, partition }: Account): aws.iam.PolicyStatement => ({
  Sid: "IamDecides",
  Effect: "Allow",
  Principal: { AWS: pulumi.interpolate`arn:${partition}:iam::${accountId}:root` },
  Action: "kms:*",
  Resource: "*",
});

/** CloudWatch Logs, for the log groups of this account and region. */
const forLogs = ({ accountId, partition, region }: Account): aws.iam.PolicyStatement[] => [
  {
    Sid: "LogGroups",
    Effect: "Allow",
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
    Resource: "*",
    Condition: {
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:*`,
      },
    },
  },
];

/**
 * Those that publish to encrypted topics by the topics' policies: alarms, events of RDS and budgets, of this account.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
const forAlarms = ({ accountId, partition, region }: Account): aws.iam.PolicyStatement[] => {
  const publish = (
    Sid: string,
    principal: string,
    service: pulumi.Input<string>,
    sources: string,
  ): aws.iam.PolicyStatement => ({
    Sid,
    Effect: "Allow",
    Principal: { Service: principal },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Resource: "*",
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnLike: {
        "aws:SourceArn": pulumi.interpolate`arn:${partition}:${service}:${accountId}:${sources}`,
      },
    },
  });
  return [
    publish("Alarms", "cloudwatch.amazonaws.com", pulumi.interpolate`cloudwatch:${region}`, "alarm:*"),
    publish("DatabaseEvents", "events.rds.amazonaws.com", pulumi.interpolate`rds:${region}`, "*"),
    // Budgets belong to no region.
    publish("Budgets", "budgets.amazonaws.com", "budgets:", "*"),
  ];
};

/**
 * CloudTrail, for the log files of one trail.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
 */
const forTrail = (trailArn: pulumi.Input<string>): aws.iam.PolicyStatement[] => {
  const shared = {
    Effect: "Allow",
    Principal: { Service: "cloudtrail.amazonaws.com" },
    Resource: "*",
  } as const;
  const trail = { "aws:SourceArn": trailArn };
  return [
    {
      ...shared,
      Sid: "TrailEncrypts",
      Action: "kms:GenerateDataKey*",
      Condition: { StringEquals: { ...trail, "kms:EncryptionContext:aws:cloudtrail:arn": trailArn } },
    },
    { ...shared, Sid: "TrailFindsKey", Action: "kms:DescribeKey", Condition: { StringEquals: trail } },
  ];
};
