import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { policyDocument } from "../lib/iam.ts";

export interface EndpointsArgs {
  /** The VPC. */
  vpcId: pulumi.Input<string>;
  /** Range of the VPC: from there the endpoints are reached. */
  vpcCidr: string;
  /** Where it is deployed to. */
  account: Account;
  /** Short names of the services with an interface endpoint (`secretsmanager`); about 7.30 USD a month each and zone. */
  services: readonly string[];
  /** Where the interface endpoints stand: one subnet of each zone that shall have them. */
  subnetIds: readonly pulumi.Input<string>[];
  /** Route tables that get the way to S3, which costs nothing. */
  routeTableIds: readonly pulumi.Input<string>[];
}

/** Ways to AWS's services that do not cross the internet; usable by this account's principals only. */
export class Endpoints extends pulumi.ComponentResource {
  readonly securityGroupId: pulumi.Output<string>;
  readonly endpoints: readonly aws.ec2.VpcEndpoint[];

  constructor(name: string, args: EndpointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:network:Endpoints", name, {}, opts);
    const group = this.#securityGroup(name, args);
    this.securityGroupId = group.id;
    this.endpoints = [
      this.#gateway(name, args),
      ...args.services.map((service) =>
        this.#interface(`${name}-${service.replace(".", "-")}`, service, args),
      ),
    ];
    this.registerOutputs({ securityGroupId: this.securityGroupId });
  }

  #securityGroup(name: string, { vpcId, vpcCidr }: EndpointsArgs) {
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId, description: "Interface endpoints: HTTPS from inside the VPC, nothing outwards" },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-https`,
      {
        securityGroupId: group.id,
        description: "HTTPS from inside the VPC",
        cidrIpv4: vpcCidr,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
      { parent: this },
    );
    return group;
  }

  #interface(name: string, service: string, args: EndpointsArgs) {
    return new aws.ec2.VpcEndpoint(
      name,
      {
        vpcId: args.vpcId,
        vpcEndpointType: "Interface",
        serviceName: `com.amazonaws.${args.account.region}.${service}`,
        privateDnsEnabled: true,
        subnetIds: [...args.subnetIds],
        securityGroupIds: [this.securityGroupId],
        policy: policyDocument(ownPrincipals(args.account)),
      },
      { parent: this },
    );
  }

  #gateway(name: string, args: EndpointsArgs) {
    const { region, partition } = args.account;
    return new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: args.vpcId,
        vpcEndpointType: "Gateway",
        serviceName: `com.amazonaws.${region}.s3`,
        routeTableIds: [...args.routeTableIds],
        policy: policyDocument(ownPrincipals(args.account), {
          // ECR hands out image layers as links signed by AWS's own account.
          Sid: "ImageLayers",
          Effect: "Allow",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: pulumi.interpolate`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`,
        }),
      },
      { parent: this },
    );
  }
}

/** Whatever IAM allows a principal of this account, and nobody else: stolen foreign credentials cannot carry data out. */
const ownPrincipals = ({ accountId }: Account): aws.iam.PolicyStatement => ({
  Sid: "OwnPrincipals",
  Effect: "Allow",
  Principal: "*",
  Action: "*",
  Resource: "*",
  Condition: { StringEquals: { "aws:PrincipalAccount": accountId } },
});
