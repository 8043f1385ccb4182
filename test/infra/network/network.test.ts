import { describe, expect, it } from "vitest";
import { parseCidr } from "../../../infra/lib/cidr.ts";
import { environments } from "../support/configuration.ts";
import { at, planOf, statementsOf } from "../support/plan.ts";
import { plansOfAll } from "../support/plans.ts";

const subnetType = "aws:ec2/subnet:Subnet";
const routeType = "aws:ec2/route:Route";
const endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint";
const ingressType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

const plan = plansOfAll();

describe("S2 subnets and ways out", { timeout: 60_000 }, () => {
  it.each([
    ["staging", 2, 1],
    ["production", 3, 3],
  ] as const)(
    "%s has %d zones with a public, a private and an isolated subnet each, and %d NAT gateways",
    (stack, zones, gateways) => {
      const subnets = plan(stack).all(subnetType);
      for (const kind of ["public", "private", "isolated"]) {
        const places = subnets
          .filter(({ name }) => name.includes(`-${kind}-`))
          .map(({ inputs }) => inputs.availabilityZoneId);
        expect(new Set(places).size).toBe(zones);
        expect(places).toHaveLength(zones);
      }
      expect(subnets).toHaveLength(3 * zones);
      expect(plan(stack).all("aws:ec2/natGateway:NatGateway")).toHaveLength(gateways);
    },
  );

  it.each(environments)("%s gives no machine a public address by itself", (stack) => {
    for (const { inputs } of plan(stack).all(subnetType)) expect(inputs.mapPublicIpOnLaunch).toBe(false);
  });

  it.each(environments)(
    "%s leads public subnets to the internet, private ones to NAT, isolated ones nowhere",
    (stack) => {
      const routes = plan(stack).all(routeType);
      for (const { name, inputs } of routes) {
        expect(inputs.destinationCidrBlock).toBe("0.0.0.0/0");
        expect(name.includes("-public-") ? inputs.gatewayId : inputs.natGatewayId).toBeTruthy();
        expect(name).not.toContain("isolated");
      }
      const isolated = plan(stack)
        .all("aws:ec2/routeTable:RouteTable", "isolated")
        .map(({ id }) => id);
      expect(isolated.length).toBeGreaterThan(1);
      expect(routes.filter(({ inputs }) => isolated.includes(String(inputs.routeTableId)))).toEqual([]);
      for (const { inputs } of plan(stack).all("aws:ec2/routeTable:RouteTable"))
        expect(inputs.routes).toBeUndefined();
    },
  );

  it("production sends each zone through its own NAT gateway", () => {
    const used = plan("production")
      .all(routeType, "-private-")
      .map(({ inputs }) => inputs.natGatewayId);
    expect(new Set(used).size).toBe(3);
  });

  it("a zone more changes nothing about the subnets that are there", async () => {
    const more = await planOf("staging", { "bulwark:network.zones[2]": "use1-az4" });
    const before = plan("staging").all(subnetType);
    for (const { urn, inputs } of before) {
      expect(more.all(subnetType).find((subnet) => subnet.urn === urn)?.inputs).toEqual(inputs);
    }
    expect(more.all(subnetType)).toHaveLength(before.length + 3);
  });
});

describe("S2 what is shut", () => {
  it.each(environments)("%s empties what AWS makes with every VPC", (stack) => {
    expect(plan(stack).one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs).toMatchObject({
      ingress: [],
      egress: [],
    });
    expect(plan(stack).one("aws:ec2/defaultRouteTable:DefaultRouteTable").inputs.routes).toEqual([]);
    const acl = plan(stack).one("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl").inputs;
    expect([acl.ingress, acl.egress, acl.subnetIds]).toEqual([undefined, undefined, undefined]);
  });

  it.each(environments)("%s opens no security group to the world", (stack) => {
    for (const { inputs } of plan(stack).all(ingressType))
      expect(inputs.cidrIpv4 ?? "group").not.toBe("0.0.0.0/0");
    for (const { inputs } of plan(stack).all("aws:ec2/securityGroup:SecurityGroup")) {
      expect([inputs.ingress, inputs.egress]).toEqual([undefined, undefined]);
    }
  });

  it.each(environments)("%s lets nobody reach the data but by security group", (stack) => {
    const rules = plan(stack)
      .all(ingressType)
      .filter(({ name }) => /-(database|cache)-from-/.test(name));
    expect(rules.map(({ name }) => name.replace(/^bulwark-\w+-/, "")).sort()).toEqual([
      "cache-from-bootstrap",
      "cache-from-rotate-cache",
      "cache-from-workload",
      "database-from-bootstrap",
      "database-from-rotate-mysql",
      "database-from-workload",
    ]);
    for (const { inputs } of rules) {
      expect(inputs.referencedSecurityGroupId).toMatch(/^sg-/);
      expect(inputs.cidrIpv4).toBeUndefined();
    }
  });

  it.each(environments)(
    "%s lets isolated subnets talk inside the VPC only, whatever routes come to say",
    (stack) => {
      const { inputs } = plan(stack).one("aws:ec2/networkAcl:NetworkAcl", "isolated");
      const range = plan(stack).one("aws:ec2/vpc:Vpc").inputs.cidrBlock;
      const inside = [expect.objectContaining({ action: "allow", cidrBlock: range, protocol: "-1" })];
      expect(inputs.ingress).toEqual(inside);
      expect(inputs.egress).toEqual(inside);
    },
  );

  it.each(environments)(
    "%s lets no remote shell from outside into the other subnets (FSBP EC2.21)",
    (stack) => {
      for (const kind of ["public", "private"]) {
        const fromOutside = decisionsFor(ingressOf(stack, kind), "203.0.113.7");
        expect([22, 3389, 443].map(fromOutside)).toEqual(["deny", "deny", "allow"]);
      }
    },
  );

  it.each(environments)(
    "%s loses no answer inside the VPC, and outside those to port 3389 alone",
    (stack) => {
      const inside = String(plan(stack).one("aws:ec2/vpc:Vpc").inputs.cidrBlock).replace(/\d+\/\d+$/, "9");
      // Ports of load balancers, Lambdas and NAT gateways: "Ephemeral ports" in the Amazon VPC user guide.
      const ports = Array.from({ length: 65_536 - 1_024 }, (_, index) => 1_024 + index);
      for (const kind of ["public", "private"]) {
        const refusedFrom = (source: string) => {
          const decision = decisionsFor(ingressOf(stack, kind), source);
          return ports.filter((port) => decision(port) !== "allow");
        };
        expect(refusedFrom(inside)).toEqual([]);
        expect(refusedFrom("203.0.113.7")).toEqual([3389]);
      }
    },
  );
});

interface AclEntry {
  ruleNo: number;
  action: string;
  cidrBlock: string;
  protocol: string;
  fromPort: number;
  toPort: number;
}

const ingressOf = (stack: (typeof environments)[number], kind: string): AclEntry[] =>
  (plan(stack).one("aws:ec2/networkAcl:NetworkAcl", kind).inputs.ingress as AclEntry[]).sort(
    (one, other) => one.ruleNo - other.ruleNo,
  );

/** What a network ACL does with TCP packets from an address, by port: the first entry that fits decides; without one it refuses. */
const decisionsFor = (entries: readonly AclEntry[], source: string) => {
  const fitting = entries.filter(({ cidrBlock }) => isWithin(source, cidrBlock));
  return (port: number): string =>
    fitting.find(
      ({ protocol, fromPort, toPort }) => protocol === "-1" || (port >= fromPort && port <= toPort),
    )?.action ?? "deny";
};

const isWithin = (address: string, range: string): boolean => {
  const { address: first, prefix } = parseCidr(range);
  const offset = parseCidr(`${address}/32`).address - first;
  return offset >= 0 && offset < 2 ** (32 - prefix);
};

describe("S2 endpoints and flow logs", () => {
  it.each(environments)("%s reaches Secrets Manager and ElastiCache without the internet", (stack) => {
    const found = plan(stack)
      .all(endpointType)
      .map(({ inputs }) => inputs);
    const services = found
      .filter(({ vpcEndpointType }) => vpcEndpointType === "Interface")
      .map(({ serviceName }) => serviceName);
    expect(services).toEqual(
      expect.arrayContaining([
        "com.amazonaws.us-east-1.secretsmanager",
        "com.amazonaws.us-east-1.elasticache",
      ]),
    );
    for (const { vpcEndpointType, privateDnsEnabled } of found) {
      if (vpcEndpointType === "Interface") expect(privateDnsEnabled).toBe(true);
    }
  });

  it.each(environments)(
    "%s reaches S3 by a gateway from the private subnets; the isolated ones have no business there",
    (stack) => {
      const { inputs } = plan(stack).one(endpointType, "-s3");
      expect(inputs.vpcEndpointType).toBe("Gateway");
      const tables = plan(stack).all("aws:ec2/routeTable:RouteTable", "-private-");
      expect(inputs.routeTableIds).toEqual(tables.map(({ id }) => id));
    },
  );

  it.each(environments)("%s lets only its own account's principals through the endpoints", (stack) => {
    for (const { name, inputs } of plan(stack).all(endpointType)) {
      const [own, ...others] = statementsOf(inputs.policy);
      expect(own?.Condition).toEqual({ StringEquals: { "aws:PrincipalAccount": "123456789012" } });
      expect(others.map(({ Sid }) => Sid)).toEqual(name.endsWith("-s3") ? ["ImageLayers"] : []);
    }
  });

  it.each([
    ["sandbox", 1],
    ["staging", 30],
    ["production", 365],
  ] as const)("%s keeps all flow logs, encrypted, for %d days", (stack, days) => {
    const flow = plan(stack).one("aws:ec2/flowLog:FlowLog");
    expect(flow.inputs).toMatchObject({ trafficType: "ALL", logDestinationType: "cloud-watch-logs" });
    const group = plan(stack).one("aws:cloudwatch/logGroup:LogGroup", "network-flow");
    expect(group.inputs).toMatchObject({
      retentionInDays: days,
      kmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
    });
    expect(plan(stack).waitsFor(flow, plan(stack).one("aws:iam/rolePolicy:RolePolicy", "network-flow"))).toBe(
      true,
    );
  });
});

describe("S2 the order of a teardown", () => {
  it.each(["aws:eks/cluster:Cluster", "aws:rds/instance:Instance", "aws:lambda/function:Function"])(
    "%s goes before the subnets' ACLs, and before the routes it may need to its last moment",
    (type) => {
      const production = plan("production");
      for (const user of production.all(type)) {
        const kind = type.startsWith("aws:eks") ? "private" : "isolated";
        expect(production.waitsFor(user, production.one("aws:ec2/networkAcl:NetworkAcl", kind))).toBe(true);
        for (const association of production.all(
          "aws:ec2/routeTableAssociation:RouteTableAssociation",
          kind,
        )) {
          expect(production.waitsFor(user, association)).toBe(true);
        }
      }
    },
  );

  it("nodes go before their way out: NAT gateways and the internet gateway's routes", () => {
    const production = plan("production");
    const cluster = production.one("aws:eks/cluster:Cluster");
    for (const route of production.all(routeType)) expect(production.waitsFor(cluster, route)).toBe(true);
    for (const nat of production.all("aws:ec2/natGateway:NatGateway"))
      expect(production.waitsFor(cluster, nat)).toBe(true);
  });

  it("a Lambda's interfaces move to the emptied default group, so that its own group can go", () => {
    const parking = plan("staging").one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").id;
    const functions = plan("staging").all("aws:lambda/function:Function");
    expect(functions.length).toBeGreaterThan(6);
    for (const { inputs } of functions) {
      expect(inputs).toMatchObject({
        replaceSecurityGroupsOnDestroy: true,
        replacementSecurityGroupIds: [parking],
      });
      expect(at(inputs, "vpcConfig.securityGroupIds")).not.toContain(parking);
    }
  });
});
