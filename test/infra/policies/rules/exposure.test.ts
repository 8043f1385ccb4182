import { exposureRules } from "../../../../infra/policies/rules/exposure.ts";
import { policy, proveRules } from "./support.ts";

const group = "aws:ec2/securityGroup:SecurityGroup";
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const defaultGroup = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const aclRule = (ruleNo: number, action: string, port: number | "all") => ({
  ruleNo,
  action,
  cidrBlock: "0.0.0.0/0",
  protocol: port === "all" ? "-1" : "tcp",
  fromPort: port === "all" ? 0 : port,
  toPort: port === "all" ? 0 : port,
});
const endpointPolicy = (statement: object) => ({
  policy: policy({ Effect: "Allow", Principal: "*", Action: "*", ...statement }),
});

proveRules("public exposure", exposureRules, {
  "rds-private": { passes: [{}, { publiclyAccessible: false }], fails: [{ publiclyAccessible: true }] },
  "subnet-no-public-addresses": {
    passes: [{}, { mapPublicIpOnLaunch: false }],
    fails: [{ mapPublicIpOnLaunch: true }, { assignIpv6AddressOnCreation: true }],
  },
  "security-group-closed": {
    passes: [
      { cidrIpv4: "10.0.0.0/8" },
      { referencedSecurityGroupId: "sg-1" },
      {
        type: group,
        inputs: { ingress: [{ cidrBlocks: ["10.0.0.0/16"] }], egress: [{ cidrBlocks: ["0.0.0.0/0"] }] },
      },
    ],
    fails: [
      { cidrIpv4: "0.0.0.0/0", fromPort: 443 },
      { cidrIpv6: "::/0" },
      { type: group, inputs: { ingress: [{ cidrBlocks: ["0.0.0.0/0"], protocol: "tcp" }] } },
      { type: group, inputs: { ingress: [{ ipv6CidrBlocks: ["::/0"] }] } },
    ],
  },
  "security-group-egress-narrow": {
    passes: [
      { ipProtocol: "tcp", cidrIpv4: "0.0.0.0/0" },
      { ipProtocol: "-1", cidrIpv4: "10.0.0.0/8" },
    ],
    fails: [
      { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
      { type: group, inputs: { egress: [{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }] } },
    ],
  },
  "security-group-described": { passes: [{ description: "MySQL from the API" }], fails: [{}] },
  "security-group-used": {
    passes: [{ inputs: {}, beside: [{ type: "aws:rds/instance:Instance" }] }],
    fails: [{}, { inputs: {}, beside: [{ type: ingress }] }],
  },
  "default-security-group-empty": {
    passes: [{ inputs: {}, beside: [{ type: defaultGroup, inputs: { ingress: [], egress: [] } }] }],
    fails: [{}, { inputs: {}, beside: [{ type: defaultGroup, inputs: { ingress: [{ self: true }] } }] }],
  },
  "network-acl-used": {
    passes: [
      { subnetIds: ["a"], ingress: [aclRule(100, "allow", 443)] },
      {
        subnetIds: ["a"],
        ingress: [
          aclRule(200, "allow", "all"),
          aclRule(90, "deny", 22),
          aclRule(91, "deny", 3389),
          { ...aclRule(80, "allow", "all"), cidrBlock: "10.0.0.0/16" },
        ],
      },
    ],
    fails: [{ subnetIds: [] }, { subnetIds: ["a"], ingress: [aclRule(100, "allow", "all")] }],
  },
  "eks-public-endpoint-restricted": {
    passes: [
      { vpcConfig: { endpointPublicAccess: false } },
      { vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.0/24"] } },
    ],
    fails: [
      {},
      { vpcConfig: { endpointPublicAccess: true } },
      { vpcConfig: { publicAccessCidrs: ["0.0.0.0/0"] } },
      { vpcConfig: { publicAccessCidrs: ["0.0.0.0/1", "203.0.113.0/24", "128.0.0.0/1"] } },
    ],
  },
  "eks-endpoint-private": {
    passes: [{ vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false } }],
    fails: [{}, { vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: true } }],
  },
  "eks-nodes-private": {
    passes: [{ inputs: {}, beside: [{ type: "aws:ec2/subnet:Subnet", source: true }] }],
    fails: [
      {
        inputs: {},
        beside: [
          {
            type: "aws:ec2/subnet:Subnet",
            source: true,
            inputs: { tags: { "kubernetes.io/role/elb": "1" } },
          },
        ],
      },
    ],
  },
  "lambda-not-public": {
    passes: [
      { principal: "secretsmanager.amazonaws.com", sourceAccount: "123456789012" },
      { principal: "arn:aws:iam::123456789012:role/caller" },
    ],
    fails: [{ principal: "*" }, { principal: "secretsmanager.amazonaws.com" }],
  },
  "endpoint-own-principals": {
    passes: [
      endpointPolicy({
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalAccount": "123456789012" } },
      }),
      endpointPolicy({ Resource: "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*" }),
    ],
    fails: [{}, endpointPolicy({ Resource: "*" })],
  },
});
