import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keepWarm } from "../functions/shared/keep-warm.ts";
import type { Account } from "../lib/account.ts";
import { schedulerRole } from "../lib/scheduler-role.ts";
import type { VpcFunction } from "../lib/vpc-function.ts";

export interface KeepWarmArgs {
  /** Where it is deployed to. */
  account: Account;
  /** Those that may rest for weeks. */
  functions: readonly VpcFunction[];
  /** KMS key of the schedules. */
  keyArn: pulumi.Input<string>;
}

/**
 * Calls each function once a week with an event that does nothing. Lambda takes the network interfaces of a function in a VPC
 * away after some weeks without a call; the next call, and all within about a minute, then fail with ResourceNotReadyException
 * ("Lambda function states" in the AWS Lambda developer guide). A rotation every 90 days would begin with that each time.
 */
export class KeepWarm extends pulumi.ComponentResource {
  constructor(name: string, args: KeepWarmArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:KeepWarm", name, {}, opts);
    const { account, functions, keyArn } = args;
    const roleArn = schedulerRole(
      name,
      {
        description: "Calls functions now and then, so that they keep their network interfaces",
        account,
        statements: [
          {
            Sid: "Call",
            Effect: "Allow",
            Action: "lambda:InvokeFunction",
            Resource: functions.map(({ functionArn }) => functionArn),
          },
          { Sid: "Key", Effect: "Allow", Action: "kms:Decrypt", Resource: keyArn },
        ],
      },
      { parent: this },
    );
    for (const { functionArn, functionName } of functions) {
      new aws.scheduler.Schedule(
        `${functionName}-warm`,
        {
          scheduleExpression: "rate(7 days)",
          flexibleTimeWindow: { mode: "OFF" },
          kmsKeyArn: keyArn,
          target: { arn: functionArn, roleArn, input: JSON.stringify(keepWarm) },
        },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}
