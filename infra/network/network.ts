import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { zoneRanges } from "../lib/cidr.ts";
import { EmptiedDefaults } from "./emptied-defaults.ts";
import { Endpoints } from "./endpoints.ts";
import { FlowLogs } from "./flow-logs.ts";
import { NatGateways } from "./nat-gateways.ts";
import { type AclRule, SubnetTier } from "./subnet-tier.ts";

export interface NetworkArgs {
  /** `bulwark:network` of the configuration. */
  settings: Environment["network"];
  /** Where it is deployed to. */
  account: Account;
  /** KMS key of the flow logs. */
  keyArn: pulumi.Input<string>;
}

interface Tiers {
  public: SubnetTier;
  private: SubnetTier;
  isolated: SubnetTier;
}

const slots = ["a", "b", "c"];
const everywhere = "0.0.0.0/0";

/**
 * No remote shell comes in from outside (FSBP EC2.21). Traffic inside the VPC passes first: ACLs are stateless, and 3389 is
 * among the ports 1024–65535 that load balancers, Lambdas and NAT gateways take for their own side of a connection
 * ("Ephemeral ports" in the Amazon VPC user guide). What that costs outwards is in the decisions of docs/architecture.md.
 */
const closedToShells = (vpcCidr: string): AclRule[] => [
  { action: "allow", cidr: vpcCidr },
  { action: "deny", cidr: everywhere, port: 22 },
  { action: "deny", cidr: everywhere, port: 3389 },
  { action: "allow", cidr: everywhere },
];

/**
 * The VPC: public subnets (load balancer, NAT), private ones (nodes and pods, outwards through NAT) and isolated ones
 * (database, cache, Lambdas: no route to the internet and an ACL that would stop one) in each zone.
 * Security groups decide who talks to whom; the ACLs only hold what no security group may ever undo.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly vpcCidr: string;
  readonly publicSubnetIds: pulumi.Output<string>[];
  readonly publicSubnetCidrs: readonly string[];
  readonly privateSubnetIds: pulumi.Output<string>[];
  readonly privateSubnetCidrs: readonly string[];
  readonly isolatedSubnetIds: pulumi.Output<string>[];
  readonly isolatedSubnetCidrs: readonly string[];
  /** Public addresses that the stack's own requests come from. */
  readonly natPublicIps: readonly pulumi.Output<string>[];
  readonly natGatewayIds: readonly pulumi.Output<string>[];
  readonly endpointSecurityGroupId: pulumi.Output<string>;
  /** The VPC's default security group, emptied: where a deleted Lambda's network interfaces wait for their end. */
  readonly defaultSecurityGroupId: pulumi.Output<string>;
  readonly flowLogGroupName: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:network:Network", name, {}, opts);
    const { settings, account } = args;
    const parent = { parent: this };
    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: settings.cidr, enableDnsSupport: true, enableDnsHostnames: true },
      parent,
    );
    const emptied = new EmptiedDefaults(`${name}-default`, { vpc }, parent);
    const tiers = this.#tiers(name, args, vpc);
    const internet = this.#routesToInternet(name, vpc, tiers.public);
    const nat = new NatGateways(
      `${name}-nat`,
      { subnets: tiers.public.subnets, count: settings.natGateways, dependsOn: internet },
      parent,
    );
    const outwards = this.#routesThroughNat(name, tiers.private, nat);
    const endpoints = this.#endpoints(name, args, vpc, tiers);
    const flowLogs = new FlowLogs(
      `${name}-flow`,
      { vpcId: vpc.id, account, retentionDays: settings.flowLogRetentionDays, keyArn: args.keyArn },
      parent,
    );

    this.vpcId = vpc.id;
    this.vpcCidr = settings.cidr;
    this.defaultSecurityGroupId = emptied.securityGroupId;
    this.publicSubnetIds = tiers.public.ids(internet);
    this.publicSubnetCidrs = tiers.public.cidrs;
    this.privateSubnetIds = tiers.private.ids([...outwards, ...endpoints.endpoints]);
    this.privateSubnetCidrs = tiers.private.cidrs;
    this.isolatedSubnetIds = tiers.isolated.ids(endpoints.endpoints);
    this.isolatedSubnetCidrs = tiers.isolated.cidrs;
    this.natPublicIps = nat.publicIps;
    this.natGatewayIds = nat.gateways.map(({ id }) => id);
    this.endpointSecurityGroupId = endpoints.securityGroupId;
    this.flowLogGroupName = flowLogs.logGroupName;
    this.registerOutputs({
      vpcId: this.vpcId,
      vpcCidr: this.vpcCidr,
      publicSubnetIds: this.publicSubnetIds,
      publicSubnetCidrs: this.publicSubnetCidrs,
      privateSubnetIds: this.privateSubnetIds,
      privateSubnetCidrs: this.privateSubnetCidrs,
      isolatedSubnetIds: this.isolatedSubnetIds,
      isolatedSubnetCidrs: this.isolatedSubnetCidrs,
      natPublicIps: this.natPublicIps,
      natGatewayIds: this.natGatewayIds,
      endpointSecurityGroupId: this.endpointSecurityGroupId,
      defaultSecurityGroupId: this.defaultSecurityGroupId,
      flowLogGroupName: this.flowLogGroupName,
    });
  }

  #tiers(name: string, { settings }: NetworkArgs, vpc: aws.ec2.Vpc): Tiers {
    const ranges = zoneRanges(settings.cidr, settings.zones.length);
    const tier = (kind: keyof Tiers, acl: readonly AclRule[], tags: Record<string, string>) =>
      new SubnetTier(
        `${name}-${kind}`,
        {
          vpcId: vpc.id,
          acl,
          tags,
          ranges: ranges.map((range, index) => ({
            slot: slots[index] ?? "",
            zone: settings.zones[index] ?? "",
            cidr: range[kind],
          })),
        },
        { parent: this },
      );
    const open = closedToShells(settings.cidr);
    return {
      public: tier("public", open, { "kubernetes.io/role/elb": "1" }),
      private: tier("private", open, { "kubernetes.io/role/internal-elb": "1" }),
      isolated: tier("isolated", [{ action: "allow", cidr: settings.cidr }], {}),
    };
  }

  #endpoints(name: string, { settings, account }: NetworkArgs, vpc: aws.ec2.Vpc, tiers: Tiers): Endpoints {
    return new Endpoints(
      `${name}-endpoint`,
      {
        vpcId: vpc.id,
        vpcCidr: settings.cidr,
        account,
        services: settings.interfaceEndpoints,
        subnetIds: tiers.isolated.subnets.slice(0, settings.endpointZones).map(({ id }) => id),
        // Nothing in the isolated subnets calls S3, and their ACL would not let it.
        routeTableIds: tiers.private.routeTables.map(({ id }) => id),
      },
      { parent: this },
    );
  }

  #routesToInternet(name: string, vpc: aws.ec2.Vpc, tier: SubnetTier): aws.ec2.Route[] {
    const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id }, { parent: this });
    return tier.routeTables.map(
      (table, index) =>
        new aws.ec2.Route(
          `${name}-public-${slots[index]}`,
          { routeTableId: table.id, destinationCidrBlock: everywhere, gatewayId: gateway.id },
          { parent: this },
        ),
    );
  }

  #routesThroughNat(name: string, tier: SubnetTier, { gateways }: NatGateways): aws.ec2.Route[] {
    return tier.routeTables.map((table, index) => {
      const gateway = gateways[index % gateways.length];
      if (gateway === undefined) throw new RangeError("a private subnet needs a NAT gateway");
      return new aws.ec2.Route(
        `${name}-private-${slots[index]}`,
        { routeTableId: table.id, destinationCidrBlock: everywhere, natGatewayId: gateway.id },
        { parent: this },
      );
    });
  }
}
