import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./iam.ts";

export interface LogBucketArgs {
  /** Days until a log is deleted. */
  retentionDays: number;
  /** Whether the bucket may be deleted with logs in it. */
  deleteWithLogs: boolean;
  /** The statements of the bucket's policy that let an AWS service write here. */
  writers(bucketArn: pulumi.Output<string>): aws.iam.PolicyStatement[];
}

export interface LogBucket {
  bucketName: pulumi.Output<string>;
  /** Lets the service write, which tries as soon as it is told to log here. */
  policy: pulumi.Resource;
}

/**
 * A bucket that AWS services log into: public to nobody, reached by TLS alone, emptied by itself. Encrypted with S3's own key
 * where the service that writes names no other.
 */
export function logBucket(name: string, args: LogBucketArgs, opts: pulumi.CustomResourceOptions): LogBucket {
  const bucket = new aws.s3.Bucket(name, { forceDestroy: args.deleteWithLogs }, opts);
  const access = new aws.s3.BucketPublicAccessBlock(
    name,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  new aws.s3.BucketOwnershipControls(
    name,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
  new aws.s3.BucketServerSideEncryptionConfiguration(
    name,
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    opts,
  );
  new aws.s3.BucketVersioning(
    name,
    { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
    opts,
  );
  new aws.s3.BucketLifecycleConfiguration(
    name,
    { bucket: bucket.bucket, rules: [expiry(args.retentionDays)] },
    opts,
  );
  const policy = new aws.s3.BucketPolicy(
    name,
    { bucket: bucket.bucket, policy: policyDocument(...args.writers(bucket.arn), tlsOnly(bucket.arn)) },
    // S3 refuses two changes of a bucket's access at the same moment.
    { ...opts, dependsOn: [access] },
  );
  return { bucketName: bucket.bucket, policy };
}

const expiry = (days: number) => ({
  id: "expire",
  status: "Enabled",
  filter: { prefix: "" },
  expiration: { days },
  noncurrentVersionExpiration: { noncurrentDays: 1 },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
});

const tlsOnly = (bucketArn: pulumi.Output<string>): aws.iam.PolicyStatement => ({
  Sid: "TlsOnly",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
