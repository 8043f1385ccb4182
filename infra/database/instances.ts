import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { schemas } from "../../app/contract/database-users.ts";
import type { Environment } from "../config.ts";
import { exportedLogs } from "./logs.ts";

/** Not MySQL's own (FSBP RDS.23): a scan for databases finds nothing at the usual door. */
export const databasePort = 33306;

/** What primary and replicas have in common. */
export interface InstanceArgs {
  settings: Environment["database"];
  dataKeyArn: pulumi.Input<string>;
  secretsKeyArn: pulumi.Input<string>;
  securityGroupId: pulumi.Input<string>;
  subnetGroupName: pulumi.Input<string>;
  parameterGroupName: pulumi.Input<string>;
  optionGroupName: pulumi.Input<string>;
  monitoring: Partial<aws.rds.InstanceArgs>;
}

const common = ({ settings, ...args }: InstanceArgs) => ({
  ...args.monitoring,
  instanceClass: settings.instanceClass,
  port: databasePort,
  vpcSecurityGroupIds: [args.securityGroupId],
  parameterGroupName: args.parameterGroupName,
  optionGroupName: args.optionGroupName,
  publiclyAccessible: false,
  iamDatabaseAuthenticationEnabled: true,
  caCertIdentifier: "rds-ca-rsa2048-g1",
  storageEncrypted: true,
  storageType: "gp3",
  maxAllocatedStorage: settings.maxStorageGb,
  maintenanceWindow: settings.maintenanceWindow,
  // "8.4" follows the minors in the maintenance window; "8.4.8" stays until the configuration says otherwise.
  autoMinorVersionUpgrade: settings.engineVersion === "8.4",
  allowMajorVersionUpgrade: false,
  applyImmediately: settings.applyImmediately,
  copyTagsToSnapshot: true,
  deletionProtection: settings.deletionProtection,
  enabledCloudwatchLogsExports: [...exportedLogs],
});

/** The instance that takes writes. */
export function primaryInstance(
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
      ...common(args),
      identifier: name,
      engine: "mysql",
      engineVersion: settings.engineVersion,
      dbName: schemas.data,
      username: "bulwark_admin",
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: args.secretsKeyArn,
      dbSubnetGroupName: args.subnetGroupName,
      multiAz: settings.multiAz,
      allocatedStorage: settings.storageGb,
      kmsKeyId: args.dataKeyArn,
      backupRetentionPeriod: settings.backupRetentionDays,
      backupWindow: settings.backupWindow,
      deleteAutomatedBackups: !settings.finalSnapshot,
      skipFinalSnapshot: !settings.finalSnapshot,
      finalSnapshotIdentifier: pulumi.interpolate`${name}-final-${suffix.hex}`,
    },
    {
      ...opts,
      // AWS Backup's continuous tier takes the automated backups over and moves their window: not a drift to mend.
      ignoreChanges: ["backupWindow"],
    },
  );
}

/** A read replica: the same in all but size of its promises; made from the primary, gone before it. */
export function replicaInstance(
  name: string,
  primary: aws.rds.Instance,
  args: InstanceArgs,
  opts: pulumi.CustomResourceOptions,
): aws.rds.Instance {
  return new aws.rds.Instance(
    name,
    {
      ...common(args),
      identifier: name,
      replicateSourceDb: primary.identifier,
      // Its data are the primary's: nothing of its own to keep.
      backupRetentionPeriod: 0,
      skipFinalSnapshot: true,
    },
    opts,
  );
}
