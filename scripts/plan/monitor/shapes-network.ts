import { numbered, type Shape, type Shaper } from "./shapes.ts";

const documentationAddress = (shape: Shape) => `203.0.113.${(Number.parseInt(shape.hex(2), 16) % 250) + 1}`;
const privateAddress = (shape: Shape) =>
  `10.0.${Number.parseInt(shape.hex(2), 16)}.${(Number.parseInt(shape.hex(2, "b"), 16) % 250) + 4}`;

const endpoint: Shaper = numbered("vpce", (shape, id) => {
  const service = shape.text("serviceName")?.split(".").at(-1) ?? "service";
  const gateway = shape.text("vpcEndpointType") !== "Interface";
  return {
    state: "available",
    prefixListId: gateway ? `pl-${shape.hex(8)}` : undefined,
    cidrBlocks: gateway ? ["52.216.0.0/15"] : [],
    dnsEntries: gateway
      ? []
      : [
          {
            dnsName: `${id}-${shape.hex(8)}.${service}.${shape.region}.vpce.amazonaws.com`,
            hostedZoneId: `Z${shape.code(13)}`,
          },
        ],
    networkInterfaceIds: gateway ? [] : [`eni-0${shape.hex(16, "eni")}`],
  };
});

/** Types of `aws:ec2` and `aws:vpc`. */
export const networkShapes: Record<string, Shaper> = {
  "aws:ec2/vpc:Vpc": numbered("vpc", (shape) => ({
    defaultSecurityGroupId: `sg-0${shape.hex(16, "sg")}`,
    defaultNetworkAclId: `acl-0${shape.hex(16, "acl")}`,
    defaultRouteTableId: `rtb-0${shape.hex(16, "rtb")}`,
    mainRouteTableId: `rtb-0${shape.hex(16, "rtb")}`,
    ipv6CidrBlock: shape.inputs.assignGeneratedIpv6CidrBlock ? "2600:1f18:1234:5600::/56" : "",
    enableDnsSupport: shape.inputs.enableDnsSupport ?? true,
  })),
  "aws:ec2/subnet:Subnet": numbered("subnet"),
  "aws:ec2/internetGateway:InternetGateway": numbered("igw"),
  "aws:ec2/natGateway:NatGateway": numbered("nat", (shape) => ({
    publicIp: documentationAddress(shape),
    privateIp: privateAddress(shape),
    networkInterfaceId: `eni-0${shape.hex(16, "eni")}`,
  })),
  "aws:ec2/eip:Eip": numbered("eipalloc", (shape, id) => ({
    allocationId: id,
    publicIp: documentationAddress(shape),
    publicDns: `ec2-${documentationAddress(shape).replaceAll(".", "-")}.compute.amazonaws.com`,
  })),
  "aws:ec2/routeTable:RouteTable": numbered("rtb"),
  "aws:ec2/defaultRouteTable:DefaultRouteTable": numbered("rtb"),
  "aws:ec2/route:Route": (shape) => ({
    id: `r-rtb-0${shape.hex(26)}`,
    state: "active",
    origin: "CreateRoute",
  }),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": numbered("rtbassoc"),
  "aws:ec2/securityGroup:SecurityGroup": numbered("sg", (shape) => ({ name: shape.named() })),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": numbered("sg", () => ({ name: "default" })),
  "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": numbered("acl"),
  "aws:ec2/networkAcl:NetworkAcl": numbered("acl"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": numbered("sgr", (_, id) => ({
    securityGroupRuleId: id,
  })),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": numbered("sgr", (_, id) => ({
    securityGroupRuleId: id,
  })),
  "aws:ec2/vpcEndpoint:VpcEndpoint": endpoint,
  "aws:ec2/flowLog:FlowLog": numbered("fl"),
};
