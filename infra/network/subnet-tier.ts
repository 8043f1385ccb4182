import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dependingOn } from "../lib/dependencies.ts";

/** One subnet's place: its zone's id in AWS and its range. */
export interface Place {
  /** `a`, `b`, `c`: the zone's place in our plan, part of names. */
  slot: string;
  zone: string;
  cidr: string;
}

/** One line of a network ACL; both directions get it. */
export interface AclRule {
  action: "allow" | "deny";
  cidr: pulumi.Input<string>;
  /** TCP port of a deny, inbound only; none: all traffic, both directions. */
  port?: number;
}

export interface SubnetTierArgs {
  vpcId: pulumi.Input<string>;
  places: readonly Place[];
  /** In order of evaluation; what no rule names is denied. */
  acl: readonly AclRule[];
  /** Tags that tell Kubernetes what the subnets are for. */
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
    this.cidrs = args.places.map(({ cidr }) => cidr);
    this.subnets = args.places.map(({ slot, zone, cidr }) =>
      this.#subnet(`${name}-${slot}`, zone, cidr, args),
    );
    this.routeTables = args.places.map(
      ({ slot }) => new aws.ec2.RouteTable(`${name}-${slot}`, { vpcId: args.vpcId }, { parent: this }),
    );
    const associations = this.routeTables.map(
      (table, index) =>
        new aws.ec2.RouteTableAssociation(
          `${name}-${args.places[index]?.slot}`,
          { routeTableId: table.id, subnetId: pulumi.output(this.subnets[index]?.id ?? "") },
          { parent: this },
        ),
    );
    this.#rules = [...associations, this.#networkAcl(name, args)];
    this.registerOutputs();
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
