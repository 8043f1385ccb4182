import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** The logs that the instances export: general is left out, for it would hold every statement. */
export const exportedLogs = ["audit", "error", "iam-db-auth-error", "slowquery"] as const;

export interface DatabaseLogsArgs {
  /** Identifier of the instance: RDS writes to /aws/rds/instance/<identifier>/<log>. */
  identifier: string;
  /** Days. */
  retentionDays: number;
  /** KMS key of the log groups. */
  keyArn: pulumi.Input<string>;
}

/**
 * The log groups of an instance, made before it: RDS makes missing ones itself, unencrypted and kept for ever, and leaves
 * them behind.
 */
export class DatabaseLogs extends pulumi.ComponentResource {
  readonly groups: readonly aws.cloudwatch.LogGroup[];
  readonly slowQueryLogGroupName: pulumi.Output<string>;

  constructor(name: string, args: DatabaseLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:DatabaseLogs", name, {}, opts);
    const groupName = (log: string) => `/aws/rds/instance/${args.identifier}/${log}`;
    const group = (log: (typeof exportedLogs)[number]) =>
      new aws.cloudwatch.LogGroup(
        `${name}-${log}`,
        { name: groupName(log), retentionInDays: args.retentionDays, kmsKeyId: args.keyArn },
        { parent: this },
      );
    const slowQueries = group("slowquery");
    this.groups = [...exportedLogs.filter((log) => log !== "slowquery").map(group), slowQueries];
    // The group's own name, not the text: AWS refuses a metric filter on a group that is not there yet.
    this.slowQueryLogGroupName = slowQueries.name;
    this.registerOutputs({ slowQueryLogGroupName: this.slowQueryLogGroupName });
  }
}
