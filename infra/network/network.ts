import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../account.ts";
import type { Environment } from "../config.ts";
import { zoneRanges } from "./cidr.ts";
import { Endpoints } from "./endpoints.ts";
import { FlowLogs } from "./flow-logs.ts";
import { NatGateways } from "./nat-gateways.ts";
import { type AclRule, SubnetTier } from "./subnet-tier.ts";

export interface NetworkArgs {
  settings: Environment["network"];
  account: Account;
  /** KMS key of the flow logs. */
  keyArn: pulumi.Input<string>;
}

const slots = ["a", "b", "c"];
const everywhere = "0.0.0.0/0";

/** Remote shells have no business in this network: nodes are reached through AWS, if at all (FSBP EC2.21). */
const open: readonly AclRule[] = [
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
    this.vpcId = vpc.id;
    this.vpcCidr = settings.cidr;
    this.defaultSecurityGroupId = this.#emptyDefaults(name, vpc);

    const zones = zoneNames(settings.availabilityZones, account.region, this);
    const tier = (
      kind: "public" | "private" | "isolated",
      acl: readonly AclRule[],
      tags: Record<string, string>,
    ) =>
      new SubnetTier(
        `${name}-${kind}`,
        {
          vpcId: vpc.id,
          acl,
          tags,
          places: zoneRanges(settings.cidr, settings.availabilityZones).map((ranges, index) => ({
            slot: slots[index] ?? "",
            zone: zones.apply((names) => names[index] ?? ""),
            cidr: ranges[kind],
          })),
        },
        parent,
      );
    const publicTier = tier("public", open, { "kubernetes.io/role/elb": "1" });
    const privateTier = tier("private", open, { "kubernetes.io/role/internal-elb": "1" });
    const isolatedTier = tier("isolated", [{ action: "allow", cidr: settings.cidr }], {});

    const internet = this.#routesToInternet(name, vpc, publicTier);
    const nat = new NatGateways(
      `${name}-nat`,
      { subnets: publicTier.subnets, count: settings.natGateways, internet },
      parent,
    );
    const outwards = this.#routesThroughNat(name, privateTier, nat);
    const endpoints = new Endpoints(
      `${name}-endpoint`,
      {
        vpcId: vpc.id,
        vpcCidr: settings.cidr,
        account,
        services: settings.interfaceEndpoints,
        subnetIds: isolatedTier.subnets.slice(0, settings.endpointZones).map(({ id }) => id),
        routeTableIds: [...privateTier.routeTables, ...isolatedTier.routeTables].map(({ id }) => id),
      },
      parent,
    );
    const flowLogs = new FlowLogs(
      `${name}-flow`,
      { vpcId: vpc.id, account, retentionDays: settings.flowLogRetentionDays, keyArn: args.keyArn },
      parent,
    );

    this.publicSubnetIds = publicTier.ids(internet);
    this.publicSubnetCidrs = publicTier.cidrs;
    this.privateSubnetIds = privateTier.ids([...outwards, ...endpoints.endpoints]);
    this.privateSubnetCidrs = privateTier.cidrs;
    this.isolatedSubnetIds = isolatedTier.ids(endpoints.endpoints);
    this.isolatedSubnetCidrs = isolatedTier.cidrs;
    this.natPublicIps = nat.publicIps;
    this.endpointSecurityGroupId = endpoints.securityGroupId;
    this.flowLogGroupName = flowLogs.logGroupName;
    this.registerOutputs();
  }

  /** What AWS makes with every VPC and everything falls back on: emptied, so that nothing works by accident. */
  #emptyDefaults(name: string, vpc: aws.ec2.Vpc): pulumi.Output<string> {
    const group = new aws.ec2.DefaultSecurityGroup(
      `${name}-default`,
      { vpcId: vpc.id, ingress: [], egress: [] },
      { parent: this },
    );
    new aws.ec2.DefaultNetworkAcl(
      `${name}-default`,
      { defaultNetworkAclId: vpc.defaultNetworkAclId },
      // A subnet that loses its own ACL during teardown is put here by AWS: not a drift to mend.
      { parent: this, ignoreChanges: ["subnetIds"] },
    );
    new aws.ec2.DefaultRouteTable(
      `${name}-default`,
      { defaultRouteTableId: vpc.defaultRouteTableId, routes: [] },
      { parent: this },
    );
    return group.id;
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

/** Zones that cannot hold an EKS control plane, by id: their letter differs from account to account. */
const zonesWithoutEks = ["use1-az3", "usw1-az2", "cac1-az3"];

function zoneNames(count: number, region: string, parent: pulumi.Resource): pulumi.Output<string[]> {
  const found = aws.getAvailabilityZonesOutput(
    {
      state: "available",
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: zonesWithoutEks,
    },
    { parent },
  );
  return found.names.apply((names) => {
    if (names.length >= count) return names.slice(0, count);
    throw new pulumi.RunError(
      `${region} has ${names.length} usable zones (${names.join(", ")}), the configuration asks for ${count}: ` +
        `lower network.availabilityZones or choose another aws:region`,
    );
  });
}
