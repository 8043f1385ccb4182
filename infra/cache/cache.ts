import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { cacheWindows } from "../lib/cache-windows.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { cacheParameters, parameterFamily } from "./access.ts";
import { CacheUsers } from "./users.ts";

export interface CacheArgs {
  /** `bulwark:cache` of the configuration. */
  settings: Environment["cache"];
  /** The VPC of the security group. */
  vpcId: pulumi.Input<string>;
  /** Isolated subnets, one a zone. */
  subnetIds: readonly pulumi.Input<string>[];
  /** KMS key of data at rest, snapshots and logs. */
  keyArn: pulumi.Input<string>;
}

const port = 6379;

/**
 * ElastiCache (Valkey or Redis) in the isolated subnets: TLS only, encrypted at rest, logins by ACL users.
 * Nobody reaches it until `admit` names them.
 */
export class Cache extends pulumi.ComponentResource {
  readonly replicationGroupId: pulumi.Output<string>;
  /** Follows the primary through a failover. */
  readonly host: pulumi.Output<string>;
  /** Where the nodes listen. */
  readonly port: pulumi.Output<number>;
  /** Where they were told to listen: known before there are any, for security group rules. */
  readonly portNumber: number = port;
  readonly securityGroupId: pulumi.Output<string>;
  readonly userId: pulumi.Output<string>;
  readonly userArn: pulumi.Output<string>;
  readonly userGroupId: pulumi.Output<string>;
  /** Ids of the group's nodes, as CloudWatch names them. */
  readonly nodeIds: readonly string[];
  readonly #name: string;

  constructor(name: string, args: CacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:cache:Cache", name, {}, opts);
    this.#name = name;
    const { settings } = args;
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.vpcId, description: "Redis: only who is admitted by security group, nothing outwards" },
      { parent: this },
    );
    const users = new CacheUsers(name, { engine: settings.engine }, { parent: this });
    const replication = this.#replicationGroup(name, args, group, users);

    this.replicationGroupId = replication.replicationGroupId;
    this.host = replication.primaryEndpointAddress;
    this.port = replication.port.apply((actual) => actual ?? port);
    // Whoever is admitted comes after the nodes and leaves before them.
    this.securityGroupId = dependingOn(group.id, [replication]);
    this.userId = users.userId;
    this.userArn = users.userArn;
    this.userGroupId = users.userGroupId;
    this.nodeIds = Array.from({ length: 1 + settings.replicas }, (_, index) => `${name}-00${index + 1}`);
    this.registerOutputs({
      replicationGroupId: this.replicationGroupId,
      host: this.host,
      port: this.port,
      portNumber: this.portNumber,
      securityGroupId: this.securityGroupId,
      userId: this.userId,
      userArn: this.userArn,
      userGroupId: this.userGroupId,
      nodeIds: this.nodeIds,
    });
  }

  /** Lets the members of a security group connect; `who` names the rule. */
  admit(who: string, securityGroupId: pulumi.Input<string>): aws.vpc.SecurityGroupIngressRule {
    return new aws.vpc.SecurityGroupIngressRule(
      `${this.#name}-from-${who}`,
      {
        securityGroupId: this.securityGroupId,
        referencedSecurityGroupId: securityGroupId,
        description: `Redis from ${who}`,
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
      },
      { parent: this },
    );
  }

  #replicationGroup(name: string, args: CacheArgs, group: aws.ec2.SecurityGroup, users: CacheUsers) {
    const { settings, keyArn } = args;
    const subnets = new aws.elasticache.SubnetGroup(
      name,
      { description: "Isolated subnets of the cache", subnetIds: [...args.subnetIds] },
      { parent: this },
    );
    const parameters = new aws.elasticache.ParameterGroup(
      name,
      {
        family: parameterFamily(settings.engine, settings.engineVersion),
        description: "Nothing is evicted",
        parameters: cacheParameters,
      },
      { parent: this },
    );
    return new aws.elasticache.ReplicationGroup(
      name,
      {
        replicationGroupId: name,
        description: "Rate limits, cache and queue of the API",
        engine: settings.engine,
        engineVersion: settings.engineVersion,
        nodeType: settings.nodeType,
        numCacheClusters: 1 + settings.replicas,
        automaticFailoverEnabled: settings.replicas > 0,
        multiAzEnabled: settings.multiAz,
        port,
        parameterGroupName: parameters.name,
        subnetGroupName: subnets.name,
        securityGroupIds: [group.id],
        atRestEncryptionEnabled: true,
        kmsKeyId: keyArn,
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        userGroupIds: [users.userGroupId],
        snapshotRetentionLimit: settings.snapshotRetentionDays,
        snapshotWindow: cacheWindows.snapshot,
        maintenanceWindow: cacheWindows.maintenance,
        autoMinorVersionUpgrade: true,
        logDeliveryConfigurations: this.#logDelivery(name, settings.logRetentionDays, keyArn),
      },
      { parent: this },
    );
  }

  #logDelivery(name: string, retentionInDays: number, kmsKeyId: pulumi.Input<string>) {
    return ["slow-log", "engine-log"].map((logType) => {
      const group = new aws.cloudwatch.LogGroup(
        `${name}-${logType}`,
        { retentionInDays, kmsKeyId },
        { parent: this },
      );
      return { logType, destinationType: "cloudwatch-logs", destination: group.name, logFormat: "json" };
    });
  }
}
