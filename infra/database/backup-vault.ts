import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface BackupVaultArgs {
  /** KMS key of the backups, in the region of the vault. */
  keyArn: pulumi.Input<string>;
  /** Shortest and longest retention that the lock admits. Undefined: no lock, and the vault goes with its backups. */
  lock: { minimumDays: number; maximumDays: number } | undefined;
  /** What the backups are of: gone only after them, since a backup holds on to its option group. */
  dependsOn: readonly pulumi.Resource[];
  /** Region of the vault. Default: the stack's. */
  region?: string;
}

/** A vault of backups. Locked (governance mode): no backup is deleted early, and only a named few may lift the lock. */
export class BackupVault extends pulumi.ComponentResource {
  readonly vaultName: pulumi.Output<string>;
  readonly vaultArn: pulumi.Output<string>;

  constructor(
    name: string,
    { keyArn, lock, dependsOn, region }: BackupVaultArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulwark:database:BackupVault", name, {}, opts);
    const vault = new aws.backup.Vault(
      name,
      { name, kmsKeyArn: keyArn, forceDestroy: lock === undefined, region },
      { parent: this, dependsOn: [...dependsOn] },
    );
    if (lock !== undefined) {
      new aws.backup.VaultLockConfiguration(
        name,
        {
          backupVaultName: vault.name,
          minRetentionDays: lock.minimumDays,
          maxRetentionDays: lock.maximumDays,
          region,
        },
        { parent: this },
      );
    }
    this.vaultName = vault.name;
    this.vaultArn = vault.arn;
    this.registerOutputs({ vaultName: this.vaultName, vaultArn: this.vaultArn });
  }
}
