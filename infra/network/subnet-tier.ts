import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dependingOn } from "../lib/dependencies.ts";

/** One subnet: where it is and what its addresses are. */
interface SubnetRange {
  /** `a`, `b`, `c`: part of names. */
  slot: string;
  /** Id of the availability zone: `use1-az1`. */
  zone: string;
  /** Range of the subnet. */
  cidr: string;
}

/** One line of a network ACL; both directions get it. */
export interface AclRule {
  /** Whether the traffic passes. */
  action: "allow" | "deny";
  /** Range of the other side. */
  cidr: pulumi.Input<string>;
  /** TCP port of a deny, inbound only. Default: all traffic, both directions. */
  port?: number;
}

export interface SubnetTierArgs {
  /** The VPC. */
  vpcId: pulumi.Input<string>;
  /** The subnets, one a zone. */
  ranges: readonly SubnetRange[];
  /** In order of evaluation; what no rule names is denied. */
  acl: readonly AclRule[];
  /** Tags that tell Kubernetes what the subnets are for. Default: none. */
  tags?: Record<string, string>;
}

/** The subnets of one kind, one a zone, each with its own route table, behind one network ACL. */
export class SubnetTier extends pulumi.ComponentResource {
  readonly subnets: readonly aws.ec2.Subnet[];
  readonly routeTables: readonly aws.ec2.RouteTable[];
  readonly cidrs: readonly string[];
  readonly #rules: readonly pulumi.Resource[];

  constructor(name: string, args: SubnetTierArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:network:SubnetTier", name, {}, opts);
    this.cidrs = args.ranges.map(({ cidr }) => cidr);
    const parent = { parent: this };
    const routed = args.ranges.map(({ slot, zone, cidr }) => {
      const each = `${name}-${slot}`;
      const subnet = this.#subnet(each, zone, cidr, args);
      const table = new aws.ec2.RouteTable(each, { vpcId: args.vpcId }, parent);
      const ids = { routeTableId: table.id, subnetId: subnet.id };
      return { subnet, table, association: new aws.ec2.RouteTableAssociation(each, ids, parent) };
    });
    this.subnets = routed.map(({ subnet }) => subnet);
    this.routeTables = routed.map(({ table }) => table);
    const associations = routed.map(({ association }) => association);
    this.#rules = [...associations, this.#networkAcl(name, args)];
    this.registerOutputs({ subnetIds: this.subnets.map(({ id }) => id), cidrs: this.cidrs });
  }

  /** The subnets' ids for whoever lives there: usable only once routes and ACL stand, and as long as anyone is there. */
  ids(routes: readonly pulumi.Resource[]): pulumi.Output<string>[] {
    return this.subnets.map(({ id }) => dependingOn(id, [...this.#rules, ...routes]));
  }

  #subnet(name: string, zone: string, cidrBlock: string, { vpcId, tags }: SubnetTierArgs) {
    return new aws.ec2.Subnet(
      name,
      { vpcId, cidrBlock, availabilityZoneId: zone, mapPublicIpOnLaunch: false, tags: tags ?? {} },
      { parent: this },
    );
  }

  #networkAcl(name: string, { vpcId, acl }: SubnetTierArgs) {
    const lines = acl.map(({ action, cidr, port }, index) => ({
      ruleNo: (index + 1) * 100,
      action,
      cidrBlock: cidr,
      protocol: port === undefined ? "-1" : "tcp",
      fromPort: port ?? 0,
      toPort: port ?? 0,
    }));
    return new aws.ec2.NetworkAcl(
      name,
      {
        vpcId,
        subnetIds: this.subnets.map(({ id }) => id),
        ingress: lines,
        egress: lines.filter((_, index) => acl[index]?.port === undefined),
      },
      { parent: this },
    );
  }
}
