import type { Pricer } from "../bill.ts";

/** Ways in and out. */
export const networkPricers: Readonly<Record<string, Pricer>> = {
  "aws:ec2/natGateway:NatGateway": (gateway, reckon) => [
    reckon.hourly(gateway, "gateway", 1, "vpc.nat-gateway"),
    reckon.line(gateway, "traffic", reckon.assume("natGb"), "vpc.nat-gateway-data"),
  ],
  "aws:ec2/eip:Eip": (address, reckon) => [reckon.hourly(address, "public address", 1, "vpc.public-ipv4")],
  "aws:ec2/vpcEndpoint:VpcEndpoint": (endpoint, reckon) => {
    // Gateway endpoints (S3, DynamoDB) are free.
    if (endpoint.text("vpcEndpointType") !== "Interface") return [];
    const zones = endpoint.list("subnetIds").length;
    return [
      reckon.hourly(endpoint, "endpoint, by zone", zones, "vpc.interface-endpoint"),
      reckon.line(endpoint, "traffic", zones * reckon.assume("endpointGb"), "vpc.interface-endpoint-data"),
    ];
  },
  // The load balancer itself is made by EKS from these parameters.
  "kubernetes:eks.amazonaws.com/v1:IngressClassParams": (parameters, reckon) => {
    const zones = parameters.list("spec.subnets.ids").length;
    const isPublic = parameters.text("spec.scheme") === "internet-facing";
    const gigabytes = (reckon.requests() * reckon.assume("responseKb")) / 1e6;
    return [
      reckon.hourly(parameters, "load balancer", 1, "alb.hour"),
      reckon.hourly(parameters, "capacity units", reckon.assume("loadBalancerUnits"), "alb.lcu"),
      ...(isPublic ? [reckon.hourly(parameters, "public addresses, by zone", zones, "vpc.public-ipv4")] : []),
      reckon.line(
        parameters,
        "traffic to the internet above AWS's free share",
        Math.max(0, gigabytes - reckon.assume("freeEgressGb")),
        "transfer.internet",
      ),
    ];
  },
  "aws:wafv2/webAcl:WebAcl": (acl, reckon) => [
    reckon.line(acl, "ACL", 1, "waf.acl"),
    reckon.line(acl, "rules", acl.list("rules").length, "waf.rule"),
    reckon.line(acl, "requests", reckon.requests() / 1e6, "waf.requests"),
  ],
};
