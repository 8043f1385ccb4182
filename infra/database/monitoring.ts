import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { trustIn } from "../lib/iam.ts";

/** Retention that each mode of Database Insights demands, days. */
const insightsRetention = { standard: 7, advanced: 465 } as const;

/** Enhanced monitoring (the host's processes and disks) and Database Insights (which statement waits for what). */
export function monitoringOf(
  settings: Environment["database"],
  keyArn: pulumi.Input<string>,
  roleArn: pulumi.Input<string>,
) {
  return {
    monitoringInterval: settings.monitoringIntervalSeconds,
    monitoringRoleArn: roleArn,
    databaseInsightsMode: settings.insights,
    performanceInsightsEnabled: true,
    performanceInsightsKmsKeyId: keyArn,
    performanceInsightsRetentionPeriod: insightsRetention[settings.insights],
  };
}

/** The role with which RDS writes enhanced monitoring to CloudWatch. */
export class MonitoringRole extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, { account }: { account: Account }, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:MonitoringRole", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      {
        description: "Lets RDS write enhanced monitoring to CloudWatch",
        assumeRolePolicy: trustIn("monitoring.rds.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": account.accountId },
        }),
      },
      { parent: this },
    );
    const attachment = new aws.iam.RolePolicyAttachment(
      name,
      {
        role: role.name,
        policyArn: pulumi.interpolate`arn:${account.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`,
      },
      { parent: this },
    );
    // RDS tries the role when the instance is made, so its policy must be there by then.
    this.roleArn = dependingOn(role.arn, [attachment]);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
