import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface EmptiedDefaultsArgs {
  /** The VPC whose defaults are emptied. */
  vpc: aws.ec2.Vpc;
}

/** What AWS makes with every VPC and everything falls back on, emptied: nothing works by accident (FSBP EC2.2). */
export class EmptiedDefaults extends pulumi.ComponentResource {
  /** The security group that lets nothing through in either direction. */
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, { vpc }: EmptiedDefaultsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:network:EmptiedDefaults", name, {}, opts);
    const group = new aws.ec2.DefaultSecurityGroup(
      name,
      { vpcId: vpc.id, ingress: [], egress: [] },
      { parent: this },
    );
    new aws.ec2.DefaultNetworkAcl(
      name,
      { defaultNetworkAclId: vpc.defaultNetworkAclId },
      // A subnet that loses its own ACL during teardown is put here by AWS: not a drift to fix.
      { parent: this, ignoreChanges: ["subnetIds"] },
    );
    new aws.ec2.DefaultRouteTable(
      name,
      { defaultRouteTableId: vpc.defaultRouteTableId, routes: [] },
      { parent: this },
    );
    this.securityGroupId = group.id;
    this.registerOutputs({ securityGroupId: this.securityGroupId });
  }
}
