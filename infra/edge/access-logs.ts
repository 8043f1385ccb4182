import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { type LogBucket, logBucket } from "../lib/log-bucket.ts";

export interface AccessLogsArgs {
  /** Where it is deployed to. */
  account: Account;
  /** Days until a log is deleted. */
  retentionDays: number;
  /** Whether the bucket may be deleted with logs in it. */
  deleteWithLogs: boolean;
}

/**
 * The bucket of the load balancer's access logs: written by load balancers of this account alone. Encrypted with S3's own key,
 * since Elastic Load Balancing can write with no other.
 */
export class AccessLogs extends pulumi.ComponentResource implements LogBucket {
  readonly bucketName: pulumi.Output<string>;
  readonly policy: pulumi.Resource;

  constructor(name: string, args: AccessLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:edge:AccessLogs", name, {}, opts);
    const { account, ...life } = args;
    const writers = (bucketArn: pulumi.Output<string>) => [forLoadBalancers(bucketArn, account)];
    const { bucketName, policy } = logBucket(name, { ...life, writers }, { parent: this });
    this.bucketName = bucketName;
    this.policy = policy;
    this.registerOutputs({ bucketName: this.bucketName });
  }
}

const forLoadBalancers = (
  bucketArn: pulumi.Output<string>,
  { accountId, partition, region }: Account,
): aws.iam.PolicyStatement => ({
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
});
