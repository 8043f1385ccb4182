import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { environmentSchema } from "../../../infra/config/schema.ts";
import { environments, obey, rawOf, refusal, valuesOf } from "../support/configuration.ts";

describe("S1 contradictions, in any tier", () => {
  it.each([
    [
      "NAT gateways for some zones only",
      { "bulwark:network.zones[2]": "use1-az4", "bulwark:network.natGateways": 2 },
      "bulwark:network.natGateways",
    ],
    ["a zone without EKS", { "bulwark:network.zones[1]": "use1-az3" }, "bulwark:network.zones[1]"],
    ["a zone twice", { "bulwark:network.zones[1]": "use1-az1" }, "bulwark:network.zones[1]"],
    ["zones of another region", { "aws:region": "eu-central-1" }, "bulwark:network.zones[0]"],
    [
      "more endpoint zones than zones",
      { "bulwark:network.endpointZones": 3 },
      "bulwark:network.endpointZones",
    ],
    [
      "Lambdas without a way to Secrets Manager",
      { "bulwark:network.interfaceEndpoints": ["elasticache"] },
      "bulwark:network.interfaceEndpoints[1]",
    ],
    [
      "Lambdas without a way to ElastiCache",
      { "bulwark:network.interfaceEndpoints": ["secretsmanager"] },
      "bulwark:network.interfaceEndpoints[1]",
    ],
    [
      "an endpoint twice",
      { "bulwark:network.interfaceEndpoints[2]": "elasticache" },
      "bulwark:network.interfaceEndpoints[2]",
    ],
    [
      "an interface endpoint for S3, which has a gateway",
      { "bulwark:network.interfaceEndpoints[2]": "s3" },
      "bulwark:network.interfaceEndpoints[2]",
    ],
    [
      "a class of the database that is none",
      { "bulwark:database.instanceClass": "db.t4g.mediun" },
      "bulwark:database.instanceClass",
    ],
    ["a node type that is none", { "bulwark:cache.nodeType": "cache.t4g.huge" }, "bulwark:cache.nodeType"],
    ["Kubernetes of yesterday", { "bulwark:cluster.version": "1.31" }, "bulwark:cluster.version"],
    ["Kubernetes of tomorrow", { "bulwark:cluster.version": "1.40" }, "bulwark:cluster.version"],
    [
      "fewer than seven days to go back to",
      { "bulwark:database.backupRetentionDays": 6 },
      "bulwark:database.backupRetentionDays",
    ],
    [
      "a database too small for its insights",
      { "bulwark:database.instanceClass": "db.t4g.micro" },
      "bulwark:database.instanceClass",
    ],
    [
      "a storage ceiling below the storage",
      { "bulwark:database.maxStorageGb": 20 },
      "bulwark:database.maxStorageGb",
    ],
    [
      "a backup of RDS's own right after AWS Backup's",
      { "bulwark:database.backupWindow": "03:30-04:00", "bulwark:schedule": undefined },
      "bulwark:database.backupWindow",
    ],
    [
      "maintenance during AWS Backup's",
      { "bulwark:database.maintenanceWindow": "tue:01:30-tue:02:30", "bulwark:schedule": undefined },
      "bulwark:database.maintenanceWindow",
    ],
    [
      "windows that overlap",
      { "bulwark:database.backupWindow": "05:00-06:00" },
      "bulwark:database.backupWindow",
    ],
    ["a failover with nothing to fail over to", { "bulwark:cache.multiAz": true }, "bulwark:cache.replicas"],
    ["a Redis version that is none", { "bulwark:cache.engine": "redis" }, "bulwark:cache.engineVersion"],
    [
      "a Valkey version that is none",
      { "bulwark:cache.engineVersion": "7.1" },
      "bulwark:cache.engineVersion",
    ],
    [
      "monthly backups gone before daily ones",
      { "bulwark:backup.dailyRetentionDays": 120 },
      "bulwark:backup.monthlyRetentionDays",
    ],
    [
      "secrets that rotations read too often for anybody to miss another reader",
      { "bulwark:secrets.rotationDays": 14, "bulwark:schedule": undefined },
      "bulwark:secrets.unusedAfterDays",
    ],
    [
      "a copy beside the original",
      { "bulwark:backup.copyToRegion": "us-east-1" },
      "bulwark:backup.copyToRegion",
    ],
    [
      "fewer replicas at most than at least",
      { "bulwark:workload.maxReplicas": 1 },
      "bulwark:workload.maxReplicas",
    ],
    ["a domain without its zone", { "bulwark:edge.hostedZoneId": undefined }, "bulwark:edge.hostedZoneId"],
    ["a zone without a domain", { "bulwark:edge.domain": undefined }, "bulwark:edge.domain"],
    [
      "a cluster that nobody may use",
      { "bulwark:cluster.adminRoleArns": [], "bulwark:cluster.deployRoleArn": undefined },
      "bulwark:cluster.adminRoleArns[0]",
    ],
    [
      "a variable that the stack sets itself",
      { "bulwark:workload.env.REDIS_HOST": "elsewhere" },
      "bulwark:workload.env.REDIS_HOST",
    ],
    [
      "a variable that the API does not know",
      { "bulwark:workload.env.RATE_LIMT_MAX": "5" },
      "bulwark:workload.env.RATE_LIMT_MAX",
    ],
    [
      "a value that the API would refuse at its start",
      { "bulwark:workload.env.RATE_LIMIT_MAX": "many" },
      "bulwark:workload.env.RATE_LIMIT_MAX",
    ],
    [
      "a schedule that would leave nodes running that nobody can put to sleep",
      { "bulwark:cluster.nodes": undefined },
      "bulwark:cluster.nodes.instanceTypes[0]",
    ],
    [
      "backups while the database is stopped",
      { "bulwark:database.backupWindow": "04:00-04:30" },
      "bulwark:database.backupWindow",
    ],
    [
      "maintenance on a day off",
      { "bulwark:database.maintenanceWindow": "sun:12:30-sun:13:30" },
      "bulwark:database.maintenanceWindow",
    ],
    ["rotations on days off", { "bulwark:secrets.rotationDays": 30 }, "bulwark:secrets.rotationDays"],
    [
      "a maintenance window that leaves rotations no hour",
      {
        "bulwark:database.maintenanceWindow": "mon:08:00-mon:19:30",
        "bulwark:schedule.awake.timezone": "UTC",
      },
      "bulwark:database.maintenanceWindow",
    ],
    [
      "a day too short for backups and maintenance",
      { "bulwark:schedule.awake.to": "12:00" },
      "bulwark:schedule.awake.to",
    ],
    [
      "a place where it is another day in UTC all day long",
      {
        "bulwark:schedule.awake.timezone": "Pacific/Kiritimati",
        "bulwark:schedule.awake.from": "00:30",
        "bulwark:schedule.awake.to": "09:00",
        "bulwark:database.backupWindow": "12:00-12:30",
        "bulwark:database.maintenanceWindow": "sun:16:30-sun:17:30",
      },
      "bulwark:schedule.awake.from",
    ],
    [
      "an origin with a path",
      { "bulwark:workload.corsOrigins[0]": "https://app.example.com/" },
      "bulwark:workload.corsOrigins[0]",
    ],
    ["no origin", { "bulwark:workload.corsOrigins": [] }, "bulwark:workload.corsOrigins[0]"],
    ["any origin", { "bulwark:workload.corsOrigins": ["*"] }, "bulwark:workload.corsOrigins[0]"],
  ])("%s", (_, changes, place) => {
    expect(refusal(valuesOf("staging", changes), "staging").problems[0]?.at).toBe(place);
  });
});

describe("S1 what production must not be without", () => {
  const unsafe: [string, Record<string, unknown>, string][] = [
    [
      "a Kubernetes API open to the internet",
      { "bulwark:cluster.publicAccessCidrs": ["0.0.0.0/0"] },
      "bulwark:cluster.publicAccessCidrs[0]",
    ],
    [
      "the internet in two halves",
      { "bulwark:cluster.publicAccessCidrs": ["203.0.113.0/24", "128.0.0.0/1"] },
      "bulwark:cluster.publicAccessCidrs[1]",
    ],
    [
      "two zones",
      {
        "bulwark:network.zones[2]": undefined,
        "bulwark:network.natGateways": 2,
        "bulwark:network.endpointZones": 2,
      },
      "bulwark:network.zones[2]",
    ],
    ["one NAT gateway", { "bulwark:network.natGateways": 1 }, "bulwark:network.natGateways"],
    ["a database in one zone", { "bulwark:database.multiAz": false }, "bulwark:database.multiAz"],
    ["a cache in one zone", { "bulwark:cache.multiAz": false }, "bulwark:cache.multiAz"],
    ["one replica", { "bulwark:workload.replicas": 1 }, "bulwark:workload.replicas"],
    [
      "no domain",
      { "bulwark:edge.domain": undefined, "bulwark:edge.hostedZoneId": undefined },
      "bulwark:edge.domain",
    ],
    ["nobody to be paged", { "bulwark:alarms.page": [] }, "bulwark:alarms.page[0]"],
    ["nobody for security", { "bulwark:alarms.security": undefined }, "bulwark:alarms.security[0]"],
    [
      "a database without deletion protection",
      { "bulwark:database.deletionProtection": false },
      "bulwark:database.deletionProtection",
    ],
    [
      "a cluster without deletion protection",
      { "bulwark:cluster.deletionProtection": false },
      "bulwark:cluster.deletionProtection",
    ],
    [
      "a load balancer without deletion protection",
      { "bulwark:edge.deletionProtection": false },
      "bulwark:edge.deletionProtection",
    ],
    [
      "34 days of recovery",
      { "bulwark:database.backupRetentionDays": 34 },
      "bulwark:database.backupRetentionDays",
    ],
    ["no final snapshot", { "bulwark:database.finalSnapshot": false }, "bulwark:database.finalSnapshot"],
    [
      "no snapshot of the cache",
      { "bulwark:cache.snapshotRetentionDays": 0 },
      "bulwark:cache.snapshotRetentionDays",
    ],
    ["an unlocked vault", { "bulwark:backup.vaultLock": false }, "bulwark:backup.vaultLock"],
    [
      "backups in one region only",
      { "bulwark:backup.copyToRegion": undefined },
      "bulwark:backup.copyToRegion",
    ],
    [
      "secrets that are gone at once",
      { "bulwark:secrets.recoveryWindowDays": 0 },
      "bulwark:secrets.recoveryWindowDays",
    ],
    [
      "a time to live",
      { "bulwark:schedule": { expires: "2027-01-01T00:00:00Z" } },
      "bulwark:schedule.expires",
    ],
  ];

  it.each(unsafe)("%s is refused", (_, changes, place) => {
    expect(refusal(valuesOf("production", changes), "production").problems[0]?.at).toBe(place);
  });

  it.each(unsafe)("%s is allowed at another tier", (_, changes) => {
    const values = valuesOf("production", { ...changes, "bulwark:tier": "staging" });
    expect(parseEnvironment(rawOf(values), "production").tier).toBe("staging");
  });

  it("S14 sleep is refused, with the command that ends it", () => {
    const { schedule } = parseEnvironment(rawOf(valuesOf("staging")), "staging");
    const found = refusal(valuesOf("production", { "bulwark:schedule": schedule }), "production").problems;
    expect(found).toEqual([
      {
        at: "bulwark:schedule.awake",
        is: "given: production never sleeps, and lives until somebody decides otherwise",
        mend: "pulumi config rm --stack production --path schedule.awake",
      },
    ]);
  });

  it("all of them at once are all named at once", () => {
    const values = { ...valuesOf("sandbox"), "bulwark:tier": "production" };
    const places = refusal(values, "production").problems.map(({ at }) => at);
    expect(places.length).toBeGreaterThanOrEqual(15);
    expect(new Set(places).size).toBe(places.length);
  });
});

describe("S1 the commands of the messages mend what they name", () => {
  /** Every key of the schema that can be set, as a path. */
  const paths = Object.entries(environmentSchema.shape).flatMap(([section, schema]) =>
    "shape" in schema
      ? Object.keys(schema.shape).map((key) => `bulwark:${section}.${key}`)
      : [`bulwark:${section}`],
  );
  const anything = fc.oneof(
    fc.constant(undefined),
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), { maxKeys: 2 }),
  );
  const region = fc.constantFrom("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2");
  const clock = fc.stringMatching(/^([01]\d|2[0-3]):[0-5]\d$/);
  const weekday = fc.constantFrom("mon", "tue", "wed", "thu", "fri", "sat", "sun");
  const moment = fc.tuple(weekday, clock).map(([day, time]) => `${day}:${time}`);
  /** What a person would write: right by itself, wrong beside other values. */
  const plausible: Record<string, fc.Arbitrary<unknown>> = {
    "aws:region": region,
    "bulwark:tier": fc.constantFrom(...environments),
    "bulwark:network.natGateways": fc.integer({ min: 1, max: 3 }),
    "bulwark:network.endpointZones": fc.integer({ min: 1, max: 3 }),
    "bulwark:network.zones": fc.array(fc.stringMatching(/^(use1|euw1)-az[1-4]$/), { maxLength: 4 }),
    "bulwark:network.interfaceEndpoints": fc.array(
      fc.constantFrom("s3", "logs", "secretsmanager", "elasticache"),
      { maxLength: 5 },
    ),
    "bulwark:database.multiAz": fc.boolean(),
    "bulwark:database.storageGb": fc.integer({ min: 20, max: 59_500 }),
    "bulwark:database.maxStorageGb": fc.integer({ min: 20, max: 65_536 }),
    "bulwark:database.backupRetentionDays": fc.integer({ min: 1, max: 35 }),
    "bulwark:database.backupWindow": fc.tuple(clock, clock).map((ends) => ends.join("-")),
    "bulwark:database.maintenanceWindow": fc.tuple(moment, moment).map((ends) => ends.join("-")),
    "bulwark:database.instanceClass": fc.constantFrom("db.t4g.micro", "db.t4g.mediun", "db.x.huge"),
    "bulwark:cache.engine": fc.constantFrom("redis", "valkey"),
    "bulwark:cache.engineVersion": fc.constantFrom("6.2", "7.1", "7.2", "8.2"),
    "bulwark:cache.replicas": fc.integer({ min: 0, max: 2 }),
    "bulwark:cache.multiAz": fc.boolean(),
    "bulwark:backup.copyToRegion": region,
    "bulwark:backup.dailyRetentionDays": fc.integer({ min: 1, max: 3650 }),
    "bulwark:backup.monthlyRetentionDays": fc.integer({ min: 90, max: 3650 }),
    "bulwark:secrets.rotationDays": fc.integer({ min: 1, max: 365 }),
    "bulwark:secrets.unusedAfterDays": fc.integer({ min: 2, max: 90 }),
    "bulwark:cluster.version": fc.integer({ min: 20, max: 45 }).map((minor) => `1.${minor}`),
    "bulwark:cluster.publicAccessCidrs": fc.constantFrom([], ["0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"]),
    "bulwark:cluster.adminRoleArns": fc.constant([]),
    "bulwark:cluster.nodes": fc.constantFrom({}, { instanceTypes: [] }, { instanceTypes: ["t3a.small"] }),
    "bulwark:workload.replicas": fc.integer({ min: 1, max: 100 }),
    "bulwark:workload.maxReplicas": fc.integer({ min: 1, max: 100 }),
    "bulwark:workload.corsOrigins": fc.constantFrom([], ["*", "https://a.example/x"]),
    "bulwark:workload.env": fc.constantFrom({ REDIS_HOST: "x", PORT: 1, LOG_LEVEL: "loud" }, { "a.b": "c" }),
    "bulwark:schedule": fc.record({
      awake: fc.record({
        days: fc.subarray(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
        from: clock,
        to: clock,
        timezone: fc.constantFrom("Europe/Berlin", "Asia/Tokyo", "Pacific/Kiritimati", "America/Los_Angeles"),
      }),
    }),
    "bulwark:alarms.page": fc.constantFrom([], ["a@b.example", "nobody"]),
  };
  const change = fc.oneof(
    fc.tuple(fc.constantFrom(...paths), anything),
    ...Object.entries(plausible).map(([path, value]) => fc.tuple(fc.constant(path), value)),
  );
  const changes = fc.array(change, { minLength: 1, maxLength: 8 }).map((list) => Object.fromEntries(list));

  it("of a copy in the home region: another region, and not a circle of rm and set", () => {
    const eu = { "aws:region": "eu-west-1", "bulwark:network.zones": ["euw1-az1", "euw1-az2", "euw1-az3"] };
    for (const copyToRegion of ["eu-west-1", undefined]) {
      const values = valuesOf("production", { ...eu, "bulwark:backup.copyToRegion": copyToRegion });
      expect(refusal(values, "production").problems.map(({ mend }) => mend)).toEqual([
        "pulumi config set --stack production --path backup.copyToRegion eu-central-1",
      ]);
    }
  });

  it("of a zone less in production: the zone, and not gateways and endpoints for fewer", () => {
    const { problems } = refusal(
      valuesOf("production", { "bulwark:network.zones[2]": undefined }),
      "production",
    );
    expect(problems.map(({ mend }) => mend)).toEqual([
      "pulumi config set --stack production --path 'network.zones[2]' use1-az4",
    ]);
  });

  it("of a text in the place of a list: the list, whole", () => {
    const { problems } = refusal(valuesOf("production", { "bulwark:network.zones": "all" }), "production");
    expect(problems.map(({ mend }) => mend.replace("pulumi config ", ""))).toEqual([
      "rm --stack production --path network.zones",
      "set --stack production --path 'network.zones[0]' use1-az1",
      "set --stack production --path 'network.zones[1]' use1-az2",
      "set --stack production --path 'network.zones[2]' use1-az4",
    ]);
  });

  it("typed once, or twice where a section was missing, they end in a configuration that is accepted", () => {
    fc.assert(
      fc.property(fc.constantFrom(...environments), changes, (stack, changed) => {
        const values = valuesOf(stack, changed);
        for (let round = 0; round < 2; round += 1) {
          try {
            return parseEnvironment(rawOf(values), stack).name === stack;
          } catch (error) {
            if (!(error instanceof ConfigurationError)) throw error;
            for (const { mend } of error.problems) obey(mend, values);
          }
        }
        return parseEnvironment(rawOf(values), stack).name === stack;
      }),
      { numRuns: 150 },
    );
  });
});
