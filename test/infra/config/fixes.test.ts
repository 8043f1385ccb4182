import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { environmentSchema } from "../../../infra/config/schema.ts";
import { environments, obey, rawOf, refusal, valuesOf } from "../support/configuration.ts";

describe("S1 the commands of the messages end what they name", () => {
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
    "bulwark:cluster.publicAccessCidrs": fc.constantFrom(
      [],
      ["0.0.0.0/0"],
      ["0.0.0.0/1", "128.0.0.0/1"],
      ["10.0.0.0/8", "1.0.0.0/8", "2.0.0.0/7"],
    ),
    "bulwark:cluster.adminRoleArns": fc.constant([]),
    "bulwark:cluster.nodes": fc.constantFrom({}, { instanceTypes: [] }, { instanceTypes: ["t3a.small"] }),
    "bulwark:workload.replicas": fc.integer({ min: 1, max: 100 }),
    "bulwark:workload.maxReplicas": fc.integer({ min: 1, max: 100 }),
    "bulwark:workload.corsOrigins": fc.constantFrom([], ["*", "https://a.example/x"], ["http://a.example"]),
    "bulwark:workload.env": fc.constantFrom(
      { REDIS_HOST: "x", PORT: 1, LOG_LEVEL: "loud" },
      { "a.b": "c" },
      { DB_POOL_MAX: 1 },
      { OTEL_ENABLED: "true", HTTPS_ONLY: "false", SENTRY_DSN: "http://a.example" },
      { DB_POOL_MIN: 20, DB_POOL_MAX: "many" },
    ),
    "bulwark:schedule": fc.record({
      onHours: fc.record({
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
      expect(refusal(values, "production").problems.map(({ fix }) => fix)).toEqual([
        "pulumi config set --stack production --path backup.copyToRegion eu-central-1",
      ]);
    }
  });

  it("of a zone less in production: the zone, and not gateways and endpoints for fewer", () => {
    const { problems } = refusal(
      valuesOf("production", { "bulwark:network.zones[2]": undefined }),
      "production",
    );
    expect(problems.map(({ fix }) => fix)).toEqual([
      "pulumi config set --stack production --path 'network.zones[2]' use1-az4",
    ]);
  });

  it("of a text in the place of a list: the list, whole", () => {
    const { problems } = refusal(valuesOf("production", { "bulwark:network.zones": "all" }), "production");
    expect(problems.map(({ fix }) => fix.replace("pulumi config ", ""))).toEqual([
      "rm --stack production --path network.zones",
      "set --stack production --path 'network.zones[0]' use1-az1",
      "set --stack production --path 'network.zones[1]' use1-az2",
      "set --stack production --path 'network.zones[2]' use1-az4",
    ]);
  });

  it("of a number that no whole number is: one that is accepted", () => {
    const { problems } = refusal(
      valuesOf("sandbox", { "bulwark:secrets.recoveryWindowDays": Number.MIN_SAFE_INTEGER - 1 }),
      "sandbox",
    );
    expect(problems.map(({ fix }) => fix)).toEqual([
      "pulumi config set --stack sandbox --path secrets.recoveryWindowDays 0",
    ]);
  });

  it("typed once, in their order, they end in a configuration that is accepted", () => {
    fc.assert(
      fc.property(fc.constantFrom(...environments), changes, (stack, changed) => {
        const values = valuesOf(stack, changed);
        try {
          parseEnvironment(rawOf(values), stack);
        } catch (error) {
          if (!(error instanceof ConfigurationError)) throw error;
          for (const { fix } of error.problems) obey(fix, values);
        }
        expect(parseEnvironment(rawOf(values), stack).name).toBe(stack);
      }),
      { numRuns: 150 },
    );
  });
});
