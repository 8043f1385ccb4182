import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { required } from "../lib/required.ts";
import { databaseInstance, databasePort } from "./instance.ts";
import { DatabaseLogs } from "./logs.ts";
import { MonitoringRole, monitoringOf } from "./monitoring.ts";
import { AuditOptions } from "./option-group.ts";
import { mysqlParameters } from "./parameters.ts";

export interface DatabaseArgs {
  /** `bulwark:database` of the configuration. */
  settings: Environment["database"];
  /** Where it is deployed to. */
  account: Account;
  /** The VPC of the security group. */
  vpcId: pulumi.Input<string>;
  /** Isolated subnets of at least two zones. */
  subnetIds: readonly pulumi.Input<string>[];
  /** KMS key of storage, logs, insights and snapshots. */
  dataKeyArn: pulumi.Input<string>;
  /** KMS key of the master user's secret. */
  secretsKeyArn: pulumi.Input<string>;
}

/**
 * RDS for MySQL 8.4 in the isolated subnets: encrypted, TLS only, its master password made, kept and rotated by RDS.
 * Nobody reaches it until `admit` names them.
 */
export class Database extends pulumi.ComponentResource {
  readonly identifier: string;
  /** The instance, for those that must come after it or leave before it. */
  readonly instance: pulumi.Resource;
  readonly host: pulumi.Output<string>;
  /** Where the instance listens. */
  readonly port: pulumi.Output<number>;
  /** Where it was told to listen: known before there is an instance, for security group rules. */
  readonly portNumber: number = databasePort;
  readonly resourceId: pulumi.Output<string>;
  /** Size of the disk, GiB: RDS makes it larger by itself, and tells the engine when that refreshes its state. */
  readonly allocatedGib: pulumi.Output<number>;
  readonly instanceArn: pulumi.Output<string>;
  /** Secret with the master user's name and password; RDS rotates it every 7 days. */
  readonly masterSecretArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly subnetGroupName: pulumi.Output<string>;
  readonly slowQueryLogGroupName: pulumi.Output<string>;
  /** Identifier of the instance, known once it stands, and the name of what it is set up by: whose events RDS tells. */
  readonly eventSources: { instance: pulumi.Output<string>; parameterGroup: pulumi.Output<string> };

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:Database", name, {}, opts);
    const { settings } = args;
    const group = this.#securityGroup(name, args);
    const subnets = this.#subnetGroup(name, args);
    const logs = this.#logs(name, settings, args);
    const groups = this.#groups(name, args);
    const instance = databaseInstance(
      name,
      { ...args, ...groups, subnetGroupName: subnets.name, securityGroupId: group.id },
      // RDS would make missing log groups itself, without our retention and key.
      { parent: this, dependsOn: [...logs.groups] },
    );

    this.identifier = name;
    this.instance = instance;
    this.host = instance.address;
    this.port = instance.port;
    this.resourceId = instance.resourceId;
    this.allocatedGib = instance.allocatedStorage;
    this.instanceArn = instance.arn;
    this.masterSecretArn = instance.masterUserSecrets.apply(
      (secrets) => required(secrets?.[0], `${name}: the master user's secret`).secretArn,
    );
    // Whoever is admitted comes after the instance and leaves before it.
    this.securityGroupId = dependingOn(group.id, [instance]);
    this.subnetGroupName = subnets.name;
    this.slowQueryLogGroupName = logs.slowQueryLogGroupName;
    this.eventSources = {
      instance: instance.identifier,
      parameterGroup: groups.parameterGroupName,
    };
    this.registerOutputs({
      identifier: this.identifier,
      host: this.host,
      port: this.port,
      portNumber: this.portNumber,
      resourceId: this.resourceId,
      allocatedGib: this.allocatedGib,
      instanceArn: this.instanceArn,
      masterSecretArn: this.masterSecretArn,
      securityGroupId: this.securityGroupId,
      subnetGroupName: this.subnetGroupName,
      slowQueryLogGroupName: this.slowQueryLogGroupName,
      eventSources: this.eventSources,
    });
  }

  /** Lets the members of a security group connect; `who` names the rule. */
  admit(who: string, securityGroupId: pulumi.Input<string>): aws.vpc.SecurityGroupIngressRule {
    return new aws.vpc.SecurityGroupIngressRule(
      `${this.identifier}-from-${who}`,
      {
        securityGroupId: this.securityGroupId,
        referencedSecurityGroupId: securityGroupId,
        description: `MySQL from ${who}`,
        ipProtocol: "tcp",
        fromPort: databasePort,
        toPort: databasePort,
      },
      { parent: this },
    );
  }

  #securityGroup(name: string, { vpcId }: DatabaseArgs) {
    return new aws.ec2.SecurityGroup(
      name,
      { vpcId, description: "MySQL: only who is admitted by security group, nothing outwards" },
      { parent: this },
    );
  }

  #subnetGroup(name: string, { subnetIds }: DatabaseArgs) {
    return new aws.rds.SubnetGroup(
      name,
      { description: "Isolated subnets of the database", subnetIds: [...subnetIds] },
      { parent: this },
    );
  }

  #logs(identifier: string, { logRetentionDays }: Environment["database"], { dataKeyArn }: DatabaseArgs) {
    return new DatabaseLogs(
      `${identifier}-logs`,
      { identifier, retentionDays: logRetentionDays, keyArn: dataKeyArn },
      { parent: this },
    );
  }

  #groups(name: string, { settings, account, dataKeyArn }: DatabaseArgs) {
    const parameters = new aws.rds.ParameterGroup(
      name,
      { family: "mysql8.4", description: "TLS only, row binlog, slow log", parameters: [...mysqlParameters] },
      { parent: this },
    );
    const options = new AuditOptions(`${name}-audit`, { keep: settings.finalSnapshot }, { parent: this });
    const role = new MonitoringRole(`${name}-monitoring`, { account }, { parent: this });
    return {
      parameterGroupName: parameters.name,
      optionGroupName: options.optionGroupName,
      monitoring: monitoringOf(settings, dataKeyArn, role.roleArn),
    };
  }
}
