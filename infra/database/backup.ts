import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { EncryptionKey } from "../lib/encryption-key.ts";
import { trustIn } from "../lib/iam.ts";
import type { OnHours } from "../lib/week.ts";
import { BackupAlarms } from "./backup-alarms.ts";
import { backupTimes } from "./backup-times.ts";
import { BackupVault } from "./backup-vault.ts";
import type { Database } from "./database.ts";
import { RestoreTest } from "./restore-test.ts";
import { RestoreWatch } from "./restore-watch.ts";

export interface BackupArgs {
  /** `bulwark:backup` of the configuration. */
  settings: Environment["backup"];
  /** Point-in-time recovery window, days: the continuous tier must say the same as the instance itself. */
  continuousDays: number;
  /** When the database runs. Default: always. */
  onHours?: OnHours | undefined;
  /** Where it is deployed to. */
  account: Account;
  /** What is backed up. */
  database: Database;
  /** KMS key of the backups and of the topic. */
  keyArn: pulumi.Input<string>;
  /** Days between the copy's key's deletion and its end. */
  keyDeletionWindowDays: number;
  /** Told of every backup, copy or restore test that failed. */
  topicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with. */
  eventRoleArn: pulumi.Input<string>;
}

/**
 * AWS Backup of the database in three tiers: continuous (any second of the window, logs every five minutes), daily (at 02:00,
 * where the database runs at night) and monthly; daily and monthly ones copied to another region where the configuration names one. Proven by a restore test.
 */
export class Backup extends pulumi.ComponentResource {
  readonly vaultName: pulumi.Output<string>;
  readonly vaultArn: pulumi.Output<string>;
  readonly planId: pulumi.Output<string>;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:Backup", name, {}, opts);
    const { database } = args;
    const lock = lockOf(args);
    const vault = new BackupVault(
      name,
      { keyArn: args.keyArn, lock, dependsOn: [database.instance] },
      { parent: this },
    );
    const copy = this.#copyVault(name, args, lock);
    const role = this.#role(name, args);
    const plan = new aws.backup.Plan(
      name,
      { name, rules: rules(args, vault.vaultName, copy?.vaultArn) },
      { parent: this },
    );
    new aws.backup.Selection(
      name,
      { name, planId: plan.id, iamRoleArn: role, resources: [database.instanceArn] },
      { parent: this },
    );
    const test = new RestoreTest(
      `${name}-restore-test`,
      {
        vaultArn: vault.vaultArn,
        instanceArn: database.instanceArn,
        subnetGroupName: database.subnetGroupName,
        roleArn: role,
      },
      { parent: this },
    );
    new BackupAlarms(
      `${name}-failed`,
      {
        instanceArn: database.instanceArn,
        restoreTestPlanArn: test.planArn,
        topicArn: args.topicArn,
        eventRoleArn: args.eventRoleArn,
      },
      { parent: this },
    );
    new RestoreWatch(
      `${name}-restore-watch`,
      {
        restoreTestPlanArn: test.planArn,
        account: args.account,
        topicArn: args.topicArn,
        keyArn: args.keyArn,
      },
      { parent: this },
    );
    this.vaultName = vault.vaultName;
    this.vaultArn = vault.vaultArn;
    this.planId = plan.id;
    this.registerOutputs({ vaultName: this.vaultName, vaultArn: this.vaultArn, planId: this.planId });
  }

  #copyVault(name: string, args: BackupArgs, lock: ReturnType<typeof lockOf>): BackupVault | undefined {
    const region = args.settings.copyToRegion;
    if (region === undefined) return undefined;
    const key = new EncryptionKey(
      `${name}-copy`,
      {
        description: "Copies of the backups",
        account: { ...args.account, region },
        users: [],
        deletionWindowDays: args.keyDeletionWindowDays,
        keep: args.settings.vaultLock,
        region,
      },
      { parent: this },
    );
    return new BackupVault(
      `${name}-copy`,
      { keyArn: key.keyArn, lock, dependsOn: [args.database.instance], region },
      { parent: this },
    );
  }

  #role(name: string, { account }: BackupArgs): pulumi.Output<string> {
    const role = new aws.iam.Role(
      name,
      {
        description: "Lets AWS Backup back up and restore the database",
        assumeRolePolicy: trustIn("backup.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": account.accountId },
        }),
      },
      { parent: this },
    );
    const attachments = ["Backup", "Restores"].map(
      (what) =>
        new aws.iam.RolePolicyAttachment(
          `${name}-${what.toLowerCase()}`,
          {
            role: role.name,
            policyArn: pulumi.interpolate`arn:${account.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${what}`,
          },
          { parent: this },
        ),
    );
    return dependingOn(role.arn, attachments);
  }
}

const lockOf = ({ settings, continuousDays }: BackupArgs) =>
  settings.vaultLock
    ? {
        minimumDays: Math.min(settings.dailyRetentionDays, continuousDays),
        maximumDays: settings.monthlyRetentionDays,
      }
    : undefined;

/** AWS Backup starts a job within the first window and gives it up after the second, minutes. */
const windows = { startWindow: 60, completionWindow: 480 };

function rules(
  { settings, continuousDays, onHours }: BackupArgs,
  targetVaultName: pulumi.Output<string>,
  copyVaultArn: pulumi.Output<string> | undefined,
): aws.types.input.backup.PlanRule[] {
  const times = backupTimes(onHours);
  const snapshot = (ruleName: "daily" | "monthly", deleteAfter: number) => ({
    ruleName,
    schedule: times[ruleName],
    scheduleExpressionTimezone: onHours?.timezone,
    targetVaultName,
    ...windows,
    lifecycle: { deleteAfter },
    copyActions:
      copyVaultArn === undefined ? [] : [{ destinationVaultArn: copyVaultArn, lifecycle: { deleteAfter } }],
  });
  return [
    {
      ruleName: "continuous",
      // The run only sees to it that logs are collected; they are, every five minutes, around the clock.
      schedule: times.continuous,
      scheduleExpressionTimezone: onHours?.timezone,
      targetVaultName,
      ...windows,
      enableContinuousBackup: true,
      lifecycle: { deleteAfter: continuousDays },
    },
    snapshot("daily", settings.dailyRetentionDays),
    snapshot("monthly", settings.monthlyRetentionDays),
  ];
}
