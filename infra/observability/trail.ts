import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { logBucket } from "../lib/log-bucket.ts";

export interface TrailArgs {
  /** Where it is deployed to. */
  account: Account;
  /** KMS key whose policy lets this trail encrypt. */
  keyArn: pulumi.Input<string>;
  /** Days until a log file is deleted. */
  retentionDays: number;
  /** Whether the bucket may be deleted with log files in it. */
  deleteWithLogs: boolean;
}

/** ARN of the trail `name`, known before the trail is made: its key and its bucket must let it in first. */
export const trailArn = (name: string, { accountId, partition, region }: Account): pulumi.Output<string> =>
  pulumi.interpolate`arn:${partition}:cloudtrail:${region}:${accountId}:trail/${name}`;

/**
 * A trail of the management events of the stack's region, in a bucket of its own. Of this region alone: the stack needs no
 * other, and a region's first copy of management events is free, while a trail of all regions would pay in every region that
 * already has a trail. A second environment with a trail in the same region pays for its copy: 2 USD for 100,000 events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-manage-costs.html
 */
export class Trail extends pulumi.ComponentResource {
  constructor(name: string, args: TrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Trail", name, {}, opts);
    const { account, keyArn, ...life } = args;
    const arn = trailArn(name, account);
    const writers = (bucketArn: pulumi.Output<string>) => forTrail(bucketArn, arn, account);
    const { bucketName, policy } = logBucket(`${name}-logs`, { ...life, writers }, { parent: this });
    new aws.cloudtrail.Trail(
      name,
      {
        name,
        s3BucketName: bucketName,
        kmsKeyId: keyArn,
        isMultiRegionTrail: false,
        enableLogFileValidation: true,
        // Reads too: who fetched a secret is a question for an audit, and Secrets Manager's fetches are read events.
        eventSelectors: [{ readWriteType: "All", includeManagementEvents: true }],
      },
      // CloudTrail refuses a bucket that does not let it write yet.
      { parent: this, dependsOn: [policy] },
    );
    this.registerOutputs();
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function forTrail(
  bucketArn: pulumi.Output<string>,
  arn: pulumi.Output<string>,
  { accountId }: Account,
): aws.iam.PolicyStatement[] {
  const shared = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } } as const;
  const trail = { "aws:SourceArn": arn };
  return [
    {
      ...shared,
      Sid: "TrailLooksAtBucket",
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals: trail },
    },
    {
      ...shared,
      Sid: "TrailWrites",
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
      Condition: { StringEquals: { ...trail, "s3:x-amz-acl": "bucket-owner-full-control" } },
    },
  ];
}
