import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Where the stack is deployed to: the account that the AWS credentials belong to. */
export interface Account {
  accountId: pulumi.Output<string>;
  /** `aws`, `aws-cn`, `aws-us-gov`: the second field of every ARN. */
  partition: pulumi.Output<string>;
  region: string;
}

/** Asks AWS who we are: one question, so that every ARN and key policy is built from the same answer. */
export function currentAccount(region: string): Account {
  return {
    accountId: aws.getCallerIdentityOutput().accountId,
    partition: aws.getPartitionOutput().partition,
    region,
  };
}
