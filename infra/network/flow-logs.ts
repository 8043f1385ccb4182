import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { policyDocument, trustIn } from "../lib/iam.ts";

export interface FlowLogsArgs {
  /** The VPC whose traffic is recorded. */
  vpcId: pulumi.Input<string>;
  /** Where it is deployed to. */
  account: Account;
  /** Days. */
  retentionDays: number;
  /** KMS key of the log group. */
  keyArn: pulumi.Input<string>;
}

/** Who talked to whom in the VPC, accepted and refused: what an investigation asks for first. */
export class FlowLogs extends pulumi.ComponentResource {
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: FlowLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:network:FlowLogs", name, {}, opts);
    const group = new aws.cloudwatch.LogGroup(
      name,
      { retentionInDays: args.retentionDays, kmsKeyId: args.keyArn },
      { parent: this },
    );
    const role = new aws.iam.Role(
      name,
      {
        description: "Lets VPC flow logs write to their log group",
        assumeRolePolicy: trustIn("vpc-flow-logs.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": args.account.accountId },
        }),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      name,
      {
        role: role.id,
        policy: policyDocument({
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
          Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
        }),
      },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      name,
      {
        vpcId: args.vpcId,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.arn,
        iamRoleArn: role.arn,
        maxAggregationInterval: 600,
      },
      // Without the role's policy the first records are lost and the flow log reports an access error.
      { parent: this, dependsOn: [policy] },
    );
    this.logGroupName = group.name;
    this.registerOutputs({ logGroupName: this.logGroupName });
  }
}
