import type { Pricer } from "../bill.ts";

/** Ways in and out. */
export const networkPricers: Readonly<Record<string, Pricer>> = {
  "aws:ec2/natGateway:NatGateway": (gateway, bill) => [
    bill.hourly(gateway, "gateway", 1, "vpc.nat-gateway"),
    bill.line(gateway, "traffic", bill.assume("natGb"), "vpc.nat-gateway-data"),
  ],
  "aws:ec2/eip:Eip": (address, bill) => [bill.hourly(address, "public address", 1, "vpc.public-ipv4")],
  "aws:ec2/vpcEndpoint:VpcEndpoint": (endpoint, bill) => {
    // Gateway endpoints (S3, DynamoDB) are free.
    if (endpoint.text("vpcEndpointType") !== "Interface") return [];
    const zones = endpoint.list("subnetIds").length;
    return [
      bill.hourly(endpoint, "endpoint, by zone", zones, "vpc.interface-endpoint"),
      bill.line(endpoint, "traffic", zones * bill.assume("endpointGb"), "vpc.interface-endpoint-data"),
    ];
  },
  // The load balancer itself is made by EKS from these parameters.
  "kubernetes:eks.amazonaws.com/v1:IngressClassParams": (parameters, bill) => {
    const zones = parameters.list("spec.subnets.ids").length;
    const isPublic = parameters.text("spec.scheme") === "internet-facing";
    const gigabytes = (bill.requests() * bill.assume("responseKb")) / 1e6;
    return [
      bill.hourly(parameters, "load balancer", 1, "alb.hour"),
      bill.hourly(parameters, "capacity units", bill.assume("loadBalancerUnits"), "alb.lcu"),
      ...(isPublic ? [bill.hourly(parameters, "public addresses, by zone", zones, "vpc.public-ipv4")] : []),
      bill.line(
        parameters,
        "traffic to the internet above AWS's free share",
        Math.max(0, gigabytes - bill.assume("freeEgressGb")),
        "transfer.internet",
      ),
    ];
  },
  "aws:wafv2/webAcl:WebAcl": (acl, bill) => [
    bill.line(acl, "ACL", 1, "waf.acl"),
    bill.line(acl, "rules", acl.list("rules").length, "waf.rule"),
    bill.line(acl, "requests", bill.requests() / 1e6, "waf.requests"),
  ],
};
