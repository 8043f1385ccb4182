import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface RestoreTestArgs {
  /** Where the backups lie. */
  vaultArn: pulumi.Input<string>;
  /** The database whose backups are restored. */
  instanceArn: pulumi.Input<string>;
  /** Where the restored instance stands while it is tried: the database's own isolated subnets. */
  subnetGroupName: pulumi.Input<string>;
  /** The role that AWS Backup restores with. */
  roleArn: pulumi.Input<string>;
}

/** Once a month the latest backup is restored into a database of its own, which AWS deletes again: a backup that restores. */
export class RestoreTest extends pulumi.ComponentResource {
  readonly planArn: pulumi.Output<string>;

  constructor(name: string, args: RestoreTestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:RestoreTest", name, {}, opts);
    const plan = new aws.backup.RestoreTestingPlan(
      name,
      {
        name: testName(name),
        scheduleExpression: "cron(0 8 2 * ? *)",
        startWindowHours: 4,
        recoveryPointSelection: {
          algorithm: "LATEST_WITHIN_WINDOW",
          includeVaults: [args.vaultArn],
          recoveryPointTypes: ["SNAPSHOT"],
          selectionWindowDays: 7,
        },
      },
      { parent: this },
    );
    new aws.backup.RestoreTestingSelection(
      name,
      {
        name: testName(name),
        restoreTestingPlanName: plan.name,
        protectedResourceType: "RDS",
        protectedResourceArns: [args.instanceArn],
        iamRoleArn: args.roleArn,
        // Without it the instance is restored into the account's default VPC, if there is one.
        restoreMetadataOverrides: { dbSubnetGroupName: args.subnetGroupName },
        validationWindowHours: 1,
      },
      { parent: this },
    );
    this.planArn = plan.arn;
    this.registerOutputs({ planArn: this.planArn });
  }
}

/** Names of restore tests: letters, digits and underscores, at most 50. */
const testName = (name: string): string => name.replaceAll("-", "_").slice(0, 50);
