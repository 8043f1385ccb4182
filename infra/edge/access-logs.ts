import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../account.ts";
import { policyDocument } from "../iam.ts";

export interface AccessLogsArgs {
  account: Account;
  /** Days until a log is deleted. */
  retentionDays: number;
  /** Whether the bucket may be deleted with logs in it. */
  deleteWithLogs: boolean;
}

/**
 * The bucket of the load balancer's access logs: written by load balancers of this account alone, public to nobody, emptied
 * by itself. Encrypted with S3's own key, since Elastic Load Balancing can write with no other.
 */
export class AccessLogs extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  /** What has to be in place before a load balancer may be told to log here: it tries at once. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: AccessLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:edge:AccessLogs", name, {}, opts);
    const parent = { parent: this };
    const bucket = new aws.s3.Bucket(name, { forceDestroy: args.deleteWithLogs }, parent);
    const access = new aws.s3.BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      parent,
    );
    new aws.s3.BucketOwnershipControls(
      name,
      { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      parent,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      parent,
    );
    new aws.s3.BucketVersioning(
      name,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    new aws.s3.BucketLifecycleConfiguration(
      name,
      { bucket: bucket.bucket, rules: [expiry(args.retentionDays)] },
      parent,
    );
    const policy = new aws.s3.BucketPolicy(
      name,
      { bucket: bucket.bucket, policy: bucketPolicy(bucket.arn, args.account) },
      // S3 refuses two changes of a bucket's access at the same moment.
      { parent: this, dependsOn: [access] },
    );
    this.bucketName = bucket.bucket;
    this.ready = [policy];
    this.registerOutputs();
  }
}

const expiry = (days: number) => ({
  id: "expire",
  status: "Enabled",
  filter: { prefix: "" },
  expiration: { days },
  noncurrentVersionExpiration: { noncurrentDays: 1 },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
});

function bucketPolicy(bucketArn: pulumi.Output<string>, { accountId, partition, region }: Account) {
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return policyDocument(
    {
      Sid: "LoadBalancersOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
      Condition: {
        ArnLike: {
          "aws:SourceArn": pulumi.interpolate`arn:${partition}:elasticloadbalancing:${region}:${accountId}:loadbalancer/*`,
        },
      },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, objects],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
}
