import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { dependingOn } from "./dependencies.ts";
import { policyDocument, trustIn } from "./iam.ts";

export interface SchedulerRoleArgs {
  /** What the role is for, in the IAM console. */
  description: string;
  /** Where it is deployed to. */
  account: Account;
  /** What the schedules may do. */
  statements: readonly aws.iam.PolicyStatement[];
}

/** A role that EventBridge Scheduler takes on for schedules of this account's; its ARN is known once it may do its work. */
export function schedulerRole(
  name: string,
  args: SchedulerRoleArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const role = new aws.iam.Role(
    name,
    {
      description: args.description,
      assumeRolePolicy: trustIn("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceAccount": args.account.accountId },
      }),
    },
    opts,
  );
  const policy = new aws.iam.RolePolicy(
    name,
    { role: role.id, policy: policyDocument(...args.statements) },
    opts,
  );
  return dependingOn(role.arn, [policy]);
}
