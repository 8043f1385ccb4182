import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface NatGatewaysArgs {
  /** Public subnets, one a zone: a gateway each, from the first. */
  subnets: readonly aws.ec2.Subnet[];
  /** How many: 1, or as many as there are zones. */
  count: number;
  /** The public subnets' routes to the internet: a gateway is useless, and cannot be made, without. */
  dependsOn: readonly pulumi.Resource[];
}

/** NAT gateways, each with a fixed public address: what partners put on their allow lists. */
export class NatGateways extends pulumi.ComponentResource {
  readonly gateways: readonly aws.ec2.NatGateway[];
  readonly publicIps: readonly pulumi.Output<string>[];

  constructor(name: string, args: NatGatewaysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:network:NatGateways", name, {}, opts);
    const made = args.subnets.slice(0, args.count).map((subnet, index) => {
      const each = `${name}-${"abc"[index]}`;
      // AWS refuses an address while the VPC has no internet gateway, and frees none while one is being taken away.
      const address = new aws.ec2.Eip(
        each,
        { domain: "vpc" },
        { parent: this, dependsOn: [...args.dependsOn] },
      );
      const gateway = new aws.ec2.NatGateway(
        each,
        { allocationId: address.allocationId, subnetId: subnet.id, connectivityType: "public" },
        // Nothing in its properties names the route to the internet that it works through.
        { parent: this, dependsOn: [...args.dependsOn] },
      );
      return { address, gateway };
    });
    this.gateways = made.map(({ gateway }) => gateway);
    this.publicIps = made.map(({ address }) => address.publicIp);
    this.registerOutputs({ publicIps: this.publicIps });
  }
}
