import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assumptions } from "../../../infra/cost/assumptions.ts";
import { estimate } from "../../../infra/cost/estimate.ts";
import { freeTypes } from "../../../infra/cost/free.ts";
import { priceTable } from "../../../infra/cost/prices.ts";
import type { Estimate } from "../../../infra/cost/types.ts";
import type { ResourceData } from "../../../infra/policies/resource.ts";

type Inputs = Record<string, unknown>;
const resource = (type: string, inputs: Inputs, name = "it", folder = "database"): ResourceData => ({
  urn: `urn:pulumi:test::bulwark::bulwark:${folder}:Thing$${type}::${name}`,
  type,
  name,
  inputs,
});
const linesOf = ({ components }: Estimate) => components.flatMap(({ lines }) => lines);
const costOf = (given: Estimate, what: string) =>
  linesOf(given).find((line) => line.what === what)?.monthlyUsd;

const instance = (inputs: Inputs = {}) =>
  resource("aws:rds/instance:Instance", { instanceClass: "db.t4g.medium", allocatedStorage: 20, ...inputs });
const cache = (inputs: Inputs = {}) =>
  resource("aws:elasticache/replicationGroup:ReplicationGroup", {
    engine: "valkey",
    nodeType: "cache.t4g.small",
    numCacheClusters: 1,
    ...inputs,
  });
const deployment = (
  replicas: number,
  requests: object = { cpu: "100m", memory: "128Mi" },
  affinity: object = {},
) =>
  resource("kubernetes:apps/v1:Deployment", {
    spec: {
      replicas,
      template: { spec: { affinity, containers: [{ name: "api", resources: { requests } }] } },
    },
  });
const cluster = resource(
  "aws:eks/cluster:Cluster",
  { computeConfig: { enabled: true } },
  "cluster",
  "cluster",
);
const apart = {
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { podAffinityTerm: { topologyKey: "kubernetes.io/hostname" } },
    ],
  },
};
const nodesIn = (given: Estimate) =>
  Number(
    /nodes \((\d+)/.exec(
      linesOf(given)
        .map(({ what }) => what)
        .join(),
    )?.[1] ?? 0,
  );

describe("S13 the price of single things, checked by hand", () => {
  it.each<[string, ResourceData[], string, number]>([
    ["an instance for 730 h at 0.065", [instance()], "instance", 47.45],
    ["a standby doubles it", [instance({ multiAz: true })], "instance and standby", 94.9],
    ["storage at 0.115 a GB", [instance()], "storage", 2.3],
    ["storage of both", [instance({ multiAz: true })], "storage", 4.6],
    [
      "advanced insights at 0.0125 for each of 2 vCPUs",
      [instance({ databaseInsightsMode: "advanced" })],
      "Database Insights",
      18.25,
    ],
    ["a cache node of Valkey", [cache()], "nodes", 18.69],
    ["three of Redis", [cache({ engine: "redis", numCacheClusters: 3 })], "nodes", 70.08],
    ["a NAT gateway", [resource("aws:ec2/natGateway:NatGateway", {})], "gateway", 32.85],
    ["a public address", [resource("aws:ec2/eip:Eip", {})], "public address", 3.65],
    [
      "an endpoint in three zones",
      [
        resource("aws:ec2/vpcEndpoint:VpcEndpoint", {
          vpcEndpointType: "Interface",
          subnetIds: ["a", "b", "c"],
        }),
      ],
      "endpoint, by zone",
      21.9,
    ],
    ["the control plane", [cluster], "control plane", 73],
    ["a key", [resource("aws:kms/key:Key", {})], "key", 1],
    ["a secret", [resource("aws:secretsmanager/secret:Secret", {})], "secret", 0.4],
    [
      "an alarm over three metrics",
      [
        resource("aws:cloudwatch/metricAlarm:MetricAlarm", {
          metricQueries: [{ expression: "a" }, { metric: {} }, { metric: {} }, { metric: {} }],
        }),
      ],
      "alarm, by metric",
      0.3,
    ],
    [
      "a firewall with six rules",
      [resource("aws:wafv2/webAcl:WebAcl", { rules: Array.from({ length: 6 }, () => ({})) })],
      "rules",
      6,
    ],
  ])("%s", (_, plan, what, usd) => {
    expect(costOf(estimate(plan), what)).toBe(usd);
  });

  it("asks nothing for a gateway endpoint", () => {
    expect(
      estimate([resource("aws:ec2/vpcEndpoint:VpcEndpoint", { vpcEndpointType: "Gateway" })]).totalUsd,
    ).toBe(0);
  });
});

describe("S13 nodes that Auto Mode will start", () => {
  it("are one at least, and as many as the requests need", () => {
    expect(nodesIn(estimate([cluster]))).toBe(1);
    expect(nodesIn(estimate([cluster, deployment(2)]))).toBe(1);
    expect(nodesIn(estimate([cluster, deployment(10, { cpu: "500m", memory: "128Mi" })]))).toBe(4);
    expect(nodesIn(estimate([cluster, deployment(4, { cpu: "100m", memory: "2Gi" })]))).toBe(3);
  });

  it("are one for each replica that is kept apart by node, if only by wish", () => {
    expect(nodesIn(estimate([cluster, deployment(3, undefined, apart)]))).toBe(3);
  });

  it("are as many as a pool of our own has, of its machine, disk and capacity, whatever the pods wish", () => {
    const pool = resource("kubernetes:karpenter.sh/v1:NodePool", {
      spec: {
        replicas: 2,
        template: {
          spec: {
            requirements: [
              { key: "node.kubernetes.io/instance-type", operator: "In", values: ["t4g.medium"] },
              { key: "karpenter.sh/capacity-type", operator: "In", values: ["spot"] },
            ],
          },
        },
      },
    });
    const nodeClass = resource("kubernetes:eks.amazonaws.com/v1:NodeClass", {
      spec: { ephemeralStorage: { size: "20Gi" } },
    });
    const given = estimate([cluster, pool, nodeClass, deployment(3, undefined, apart)]);
    expect(costOf(given, "nodes (2 × t4g.medium, spot)")).toBe(19.62);
    expect(costOf(given, "Auto Mode")).toBe(5.89);
    expect(costOf(given, "disks of nodes")).toBe(3.84);
  });
});

describe("S13 what is assumed least surely", () => {
  it.each([
    "controlPlaneLogGb",
    "kmsRequests",
    "secretCalls",
    "crossZoneGb",
    "surplusCpuHours",
    "nodeRootGb",
  ] as const)("%s is stated with a low and a high figure around the one used", (id) => {
    const { value, range = { low: Number.NaN, high: Number.NaN } } = assumptions[id];
    expect(range.low).toBeLessThanOrEqual(value);
    expect(range.high).toBeGreaterThan(value);
  });

  it("makes a range of the total, by what the plan holds", () => {
    const key = resource("aws:kms/key:Key", {});
    // 2,000, 20,000 and 500,000 requests at 0.03 USD for 10,000.
    expect(estimate([key])).toMatchObject({ lowUsd: 1.01, totalUsd: 1.06, highUsd: 2.5 });
    // Up to 50 vCPU-hours beyond the credits that a burstable class earns; others have none to spend.
    const credits = (instanceClass: string) => {
      const { totalUsd, highUsd } = estimate([instance({ instanceClass })]);
      return Number((highUsd - totalUsd).toFixed(2));
    };
    expect([credits("db.t4g.medium"), credits("db.r7g.large")]).toEqual([3.75, 0]);
  });
});

describe("S13 what is not known is named, never free", () => {
  it("names types that nothing is known about, with their number", () => {
    const unheard = resource("aws:mainframe/thing:Thing", {});
    expect(estimate([unheard, unheard]).unknownTypes).toEqual([
      { type: "aws:mainframe/thing:Thing", count: 2 },
    ]);
  });

  it("names what it has no price of, and where to write one down", () => {
    const { unpriced, totalUsd } = estimate([instance({ instanceClass: "db.x9.huge" })]);
    expect(unpriced).toEqual([
      {
        resource: "it",
        type: "aws:rds/instance:Instance",
        why: expect.stringMatching(/rds\.mysql\.db\.x9\.huge.*infra\/cost\/prices\.json/),
      },
    ]);
    expect(totalUsd).toBe(0);
  });

  it("names what is not known before deployment", () => {
    expect(estimate([instance({ allocatedStorage: "[unknown]" })]).unpriced).toEqual([
      expect.objectContaining({
        resource: "it",
        why: expect.stringContaining("allocatedStorage is not known"),
      }),
    ]);
  });

  it("gives a reason for everything that it takes for free", () => {
    for (const [type, reason] of Object.entries(freeTypes)) expect(reason, type).toMatch(/\w{4}/);
  });
});

describe("S13 the price table", () => {
  it("says of every price what it is for, and where and when it was read", () => {
    for (const [id, price] of Object.entries(priceTable.prices)) {
      expect(price.unit, id).toMatch(/\w/);
      expect(priceTable.sources[price.source], id).toBeDefined();
    }
  });

  it("has no source that no price comes from", () => {
    const used = new Set(Object.values(priceTable.prices).map(({ source }) => source));
    expect(Object.keys(priceTable.sources).filter((source) => !used.has(source))).toEqual([]);
  });

  it("tells how old the prices of an estimate are", () => {
    const { pricesFrom, pricesTo } = estimate([instance(), cache()]);
    expect([pricesFrom, pricesTo]).toEqual(["2026-06-30", "2026-10-02"]);
  });
});

const anyInstance = fc
  .record({
    instanceClass: fc.constantFrom("db.t4g.micro", "db.t4g.medium", "db.r7g.large", "db.r7g.2xlarge"),
    multiAz: fc.boolean(),
    allocatedStorage: fc.integer({ min: 20, max: 65_536 }),
    monitoringInterval: fc.constantFrom(0, 15, 60),
    databaseInsightsMode: fc.constantFrom("standard", "advanced"),
  })
  .map(instance);
const anyCache = fc
  .record({
    engine: fc.constantFrom("redis", "valkey"),
    nodeType: fc.constantFrom("cache.t4g.micro", "cache.r7g.large"),
    numCacheClusters: fc.integer({ min: 1, max: 6 }),
    snapshotRetentionLimit: fc.integer({ min: 0, max: 35 }),
  })
  .map(cache);
const anyOther = fc.constantFrom(
  resource("aws:ec2/natGateway:NatGateway", {}, "nat", "network"),
  resource("aws:kms/key:Key", {}, "key", "secrets"),
  resource("aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 90 }, "log", "observability"),
  cluster,
  resource("aws:ec2/vpc:Vpc", {}, "vpc", "network"),
);
const anyPlan = fc.array(
  fc.oneof(
    anyInstance,
    anyCache,
    anyOther,
    fc.integer({ min: 1, max: 30 }).map((count) => deployment(count)),
  ),
  {
    maxLength: 25,
  },
);

describe("S13 properties of an estimate", () => {
  it("the total is the sum of its components, and each the sum of its lines, to the cent", () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const given = estimate(plan);
        const cents = (usd: number) => Math.round(usd * 100);
        const sum = (values: number[]) => values.reduce((total, value) => total + cents(value), 0);
        expect(cents(given.totalUsd)).toBe(sum(given.components.map(({ monthlyUsd }) => monthlyUsd)));
        for (const { monthlyUsd, lines } of given.components) {
          expect(cents(monthlyUsd)).toBe(sum(lines.map((line) => line.monthlyUsd)));
        }
      }),
    );
  });

  it("a line is its quantity times its price", () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        for (const { quantity, price, monthlyUsd } of linesOf(estimate(plan))) {
          expect(Math.abs(quantity * price - monthlyUsd)).toBeLessThanOrEqual(0.011 + quantity * 1e-6);
        }
      }),
    );
  });

  it("one resource more never makes a plan cheaper", () => {
    fc.assert(
      fc.property(anyPlan, fc.oneof(anyInstance, anyCache, anyOther), (plan, more) => {
        expect(estimate([...plan, more]).totalUsd).toBeGreaterThanOrEqual(estimate(plan).totalUsd);
      }),
    );
  });

  it("more nodes, more storage, a standby never make a plan cheaper", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 20, max: 1000 }), (count, storage) => {
        const cost = (...plan: ResourceData[]) => estimate(plan).totalUsd;
        expect(cost(cache({ numCacheClusters: count + 1 }))).toBeGreaterThan(
          cost(cache({ numCacheClusters: count })),
        );
        expect(cost(instance({ allocatedStorage: storage + 1 }))).toBeGreaterThan(
          cost(instance({ allocatedStorage: storage })),
        );
        expect(cost(instance({ multiAz: true }))).toBeGreaterThan(cost(instance({ multiAz: false })));
        expect(cost(cluster, deployment(count + 1))).toBeGreaterThanOrEqual(cost(cluster, deployment(count)));
      }),
    );
  });

  it("the order of the resources does not matter", () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(estimate([...plan].reverse()).totalUsd).toBe(estimate(plan).totalUsd);
      }),
    );
  });

  // Requests of 100m that fill nodes of 1,650m to the last: found by fast-check with seeds 126843829 and -310049165.
  it.each([
    [[16, 27, 23], 4],
    [[13, 19, 1], 2],
  ])("nor that of replicas %j, which fill %i nodes exactly", (replicas, nodes) => {
    const plan = [cluster, ...replicas.map((count) => deployment(count))];
    expect([nodesIn(estimate(plan)), nodesIn(estimate([...plan].reverse()))]).toEqual([nodes, nodes]);
  });
});
