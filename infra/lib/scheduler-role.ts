import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { policyDocument, trustIn } from "./iam.ts";

/** A role that EventBridge Scheduler takes on for schedules of this account's; its ARN is known once it may do its work. */
export function schedulerRole(
  name: string,
  args: { description: string; account: Account; statements: readonly aws.iam.PolicyStatement[] },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const role = new aws.iam.Role(
    name,
    {
      description: args.description,
      assumeRolePolicy: trustIn("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceAccount": args.account.accountId },
      }),
    },
    { parent },
  );
  const policy = new aws.iam.RolePolicy(
    name,
    { role: role.id, policy: policyDocument(...args.statements) },
    { parent },
  );
  return pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
}
