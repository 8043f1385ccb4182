import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { schemas } from "../../app/contract/database-users.ts";
import type { Environment } from "../config/schema.ts";
import { exportedLogs } from "./logs.ts";

/** Not MySQL's own (FSBP RDS.23): a scan for databases finds nothing at the usual port. */
export const databasePort = 33306;

export interface InstanceArgs {
  /** `bulwark:database` of the configuration. */
  settings: Environment["database"];
  /** KMS key of the storage. */
  dataKeyArn: pulumi.Input<string>;
  /** KMS key of the master user's secret. */
  secretsKeyArn: pulumi.Input<string>;
  /** Says who connects. */
  securityGroupId: pulumi.Input<string>;
  /** Isolated subnets. */
  subnetGroupName: pulumi.Input<string>;
  /** MySQL parameters. */
  parameterGroupName: pulumi.Input<string>;
  /** Options: the audit plugin. */
  optionGroupName: pulumi.Input<string>;
  /** Enhanced monitoring and Database Insights. */
  monitoring: Partial<aws.rds.InstanceArgs>;
}

/**
 * The one instance of the database; no read replica beside it: RDS makes none of a MySQL instance whose master password it
 * manages, and no blue/green deployment either (rds-secrets-manager, "Limitations", in the RDS User Guide).
 */
export function databaseInstance(
  name: string,
  args: InstanceArgs,
  opts: pulumi.CustomResourceOptions,
): aws.rds.Instance {
  const { settings } = args;
  // A snapshot's name is taken for as long as the snapshot lives, also for the next database of this name.
  const suffix = new random.RandomId(`${name}-final`, { byteLength: 4 }, { parent: opts.parent });
  return new aws.rds.Instance(
    name,
    {
      ...args.monitoring,
      identifier: name,
      engine: "mysql",
      engineVersion: settings.engineVersion,
      instanceClass: settings.instanceClass,
      dbName: schemas.data,
      port: databasePort,
      username: "bulwark_admin",
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: args.secretsKeyArn,
      iamDatabaseAuthenticationEnabled: true,
      vpcSecurityGroupIds: [args.securityGroupId],
      dbSubnetGroupName: args.subnetGroupName,
      publiclyAccessible: false,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      parameterGroupName: args.parameterGroupName,
      optionGroupName: args.optionGroupName,
      multiAz: settings.multiAz,
      storageType: "gp3",
      storageEncrypted: true,
      kmsKeyId: args.dataKeyArn,
      allocatedStorage: settings.storageGb,
      maxAllocatedStorage: settings.maxStorageGb,
      ...lastingOf(settings),
      skipFinalSnapshot: !settings.finalSnapshot,
      finalSnapshotIdentifier: pulumi.interpolate`${name}-final-${suffix.hex}`,
      enabledCloudwatchLogsExports: [...exportedLogs],
    },
    {
      ...opts,
      // The engine then refuses a destroy before it touches anything; RDS would refuse once all that uses the database is gone.
      protect: settings.deletionProtection,
      // From its first run on, AWS Backup's continuous rule holds the automated backups: it sets their retention to the rule's
      // and moves their window. RDS then refuses any other retention ("associated with an AWS Backup resource":
      // https://github.com/crossplane-contrib/provider-aws/issues/1356), so that one `up` could not end. A retention that is
      // changed in the configuration reaches the instance by the rule, with its next run.
      ignoreChanges: ["backupRetentionPeriod", "backupWindow"],
    },
  );
}

/** Backups, upgrades and protection. */
const lastingOf = (settings: Environment["database"]) => ({
  backupRetentionPeriod: settings.backupRetentionDays,
  backupWindow: settings.backupWindow,
  deleteAutomatedBackups: !settings.finalSnapshot,
  copyTagsToSnapshot: true,
  maintenanceWindow: settings.maintenanceWindow,
  // "8.4" follows the minors in the maintenance window; "8.4.8" stays until the configuration says otherwise.
  autoMinorVersionUpgrade: settings.engineVersion === "8.4",
  allowMajorVersionUpgrade: false,
  applyImmediately: settings.applyImmediately,
  deletionProtection: settings.deletionProtection,
});
