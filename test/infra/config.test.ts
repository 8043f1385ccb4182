import { RunError } from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvironment } from "../../infra/config.ts";
import { ConfigurationError } from "../../infra/config-errors.ts";
import { environmentSchema } from "../../infra/config-schema.ts";
import { environments, obey, rawOf, refusal, valuesOf } from "./support/configuration.ts";

/** The problems of a changed environment, as `place: what is wrong`. */
const problems = (stack: string, changes: Record<string, unknown>): string[] =>
  refusal(valuesOf(stack, changes), stack).problems.map(({ at, is }) => `${at} is ${is}`);

describe("S1 configuration of the three environments", () => {
  it.each(environments)("%s is accepted", (stack) => {
    const environment = parseEnvironment(rawOf(valuesOf(stack)), stack);
    expect(environment.name).toBe(stack);
    expect(environment.tier).toBe(stack);
    expect(environment.region).toBe("us-east-1");
  });

  it("fills in the figures of the requirements where nothing is said", () => {
    const { secrets, workload, database, rotation } = parseEnvironment(
      rawOf(valuesOf("production")),
      "production",
    );
    expect(secrets.rotationDays).toBe(90);
    expect(rotation.generation).toBe(1);
    expect(database.binlogRetentionHours).toBe(7 * 24);
    expect(workload).toMatchObject({
      cpuRequest: "100m",
      memoryRequest: "128Mi",
      cpuLimit: "500m",
      memoryLimit: "512Mi",
    });
  });

  it("production is what production must be", () => {
    const { network, database, cache, backup, workload } = parseEnvironment(
      rawOf(valuesOf("production")),
      "production",
    );
    expect(network).toMatchObject({ availabilityZones: 3, natGateways: 3 });
    expect(database).toMatchObject({
      multiAz: true,
      backupRetentionDays: 35,
      deletionProtection: true,
      finalSnapshot: true,
    });
    expect(cache.multiAz).toBe(true);
    expect(backup.vaultLock).toBe(true);
    expect(workload.replicas).toBe(3);
  });

  it("staging keeps a week and one NAT gateway", () => {
    const { network, database } = parseEnvironment(rawOf(valuesOf("staging")), "staging");
    expect(network).toMatchObject({ availabilityZones: 2, natGateways: 1 });
    expect(database.backupRetentionDays).toBe(7);
  });

  it("takes an existing cluster's kubeconfig from the Kubernetes provider's own key", () => {
    const raw = { ...rawOf(valuesOf("sandbox")), "kubernetes:kubeconfig": "apiVersion: v1" };
    expect(parseEnvironment(raw, "sandbox").kubeconfig).toBe("apiVersion: v1");
    expect(parseEnvironment(rawOf(valuesOf("sandbox")), "sandbox").kubeconfig).toBeUndefined();
  });

  it("takes numbers and booleans as the CLI stores them where text is meant", () => {
    const changes = { "bulwark:workload.env.RATE_LIMIT_MAX": 250, "bulwark:tags.cost-centre": 4711 };
    const environment = parseEnvironment(rawOf(valuesOf("staging", changes)), "staging");
    expect(environment.workload.env.RATE_LIMIT_MAX).toBe("250");
    expect(environment.tags["cost-centre"]).toBe("4711");
  });
});

describe("S1 a configuration that is refused", () => {
  it("names every problem at once, with the place, the reason and the command", () => {
    const error = refusal(
      valuesOf("production", {
        "bulwark:network.natGateways": "three",
        "bulwark:network.availabilityZone": 3,
        "bulwark:cache.engineVersion": 8.2,
        "bulwark:edge": undefined,
        "aws:region": "frankfurt",
      }),
      "production",
    );
    expect(error.message.split("\n")).toEqual([
      'The configuration of "production" has 5 problems; nothing was changed.',
      "",
      '  1. aws:region is "frankfurt", which is no AWS region',
      "     pulumi config set --stack production aws:region eu-central-1",
      '  2. bulwark:network.natGateways is "three" but must be a number',
      "     pulumi config set --stack production --path network.natGateways 3",
      '  3. bulwark:network.availabilityZone is not a key of this program; did you mean "availabilityZones"?',
      "     pulumi config rm --stack production --path network.availabilityZone",
      "  4. bulwark:cache.engineVersion is 8.2 but must be text: put it in quotes",
      "     pulumi config set --stack production --path cache.engineVersion 8.2",
      "  5. bulwark:edge is missing and has no default",
      "     pulumi config set --stack production --path edge.deletionProtection true",
    ]);
  });

  it("tells what is unsafe together with what is no value at all, and mends both in one round", () => {
    const changes = {
      "bulwark:network.availabilityZones": 1,
      "bulwark:network.natGateways": 3,
      "bulwark:database.sizeGb": 5,
      "bulwark:database.deletionProtection": false,
    };
    const { problems } = refusal(valuesOf("production", changes), "production");
    expect(problems.map(({ at, mend }) => [at, mend.split(" ").at(-1)])).toEqual([
      ["bulwark:network.availabilityZones", "3"],
      ["bulwark:database.sizeGb", "database.sizeGb"],
      ["bulwark:database.deletionProtection", "true"],
    ]);
  });

  it("proposes the class that was meant", () => {
    const { message } = refusal(
      valuesOf("staging", { "bulwark:database.instanceClass": "db.t4g.mediun" }),
      "staging",
    );
    expect(message).toContain(
      "bulwark:database.instanceClass is db.t4g.mediun, which AWS does not offer for MySQL 8.4; did you mean db.t4g.medium?",
    );
    expect(message).toContain(
      "pulumi config set --stack staging --path database.instanceClass db.t4g.medium",
    );
  });

  it("tells everything that would lose data, all at once", () => {
    const changes = {
      "bulwark:database.deletionProtection": false,
      "bulwark:database.finalSnapshot": false,
      "bulwark:database.backupRetentionDays": 3,
      "bulwark:database.instanceClass": "db.r7g.huge",
      "bulwark:database.storageGb": 10,
      "bulwark:network.availabilityZones": 2,
      "bulwark:cache.snapshotRetentionDays": 0,
      "bulwark:backup.vaultLock": false,
    };
    expect(problems("production", changes).map((problem) => problem.split(" ")[0])).toEqual(
      expect.arrayContaining(Object.keys(changes)),
    );
  });

  it("is an error that the Pulumi engine shows without a stack trace", () => {
    const error = refusal({}, "staging");
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(RunError.isInstance(error)).toBe(true);
  });

  it.each([
    [
      "an unknown section",
      { "bulwark:alarmz": {} },
      'bulwark:alarmz is not a key of this program; did you mean "alarms"?',
    ],
    [
      "a key that resembles none",
      { "bulwark:cache.zzzzzzzzzzzz": 1 },
      "bulwark:cache.zzzzzzzzzzzz is not a key of this program",
    ],
    [
      "a scalar for a section",
      { "bulwark:cluster": "big" },
      'bulwark:cluster is "big" but must be a section with keys',
    ],
    [
      "a scalar for a list",
      { "bulwark:alarms.page": "me" },
      'bulwark:alarms.page is "me" but must be a list',
    ],
    ["no tier", { "bulwark:tier": undefined }, "bulwark:tier is missing and has no default"],
    [
      "an unknown tier",
      { "bulwark:tier": "prod" },
      'bulwark:tier is "prod" but must be one of sandbox, staging, production',
    ],
    [
      "too few zones",
      { "bulwark:network.availabilityZones": 1 },
      "bulwark:network.availabilityZones is 1 but must be at least 2",
    ],
    [
      "too many zones",
      { "bulwark:network.availabilityZones": 4 },
      "bulwark:network.availabilityZones is 4 but must be at most 3",
    ],
    [
      "half a zone",
      { "bulwark:network.availabilityZones": 2.5 },
      "bulwark:network.availabilityZones is 2.5 but must be a whole number",
    ],
    [
      "a range that is none",
      { "bulwark:network.cidr": "ten" },
      'bulwark:network.cidr is "ten" but must be an IPv4 range that starts where one of its size starts',
    ],
    [
      "a range too small",
      { "bulwark:network.cidr": "10.0.0.0/24" },
      'bulwark:network.cidr is "10.0.0.0/24" but must be a /16 to a /20',
    ],
    [
      "a range with host bits",
      { "bulwark:network.cidr": "10.0.1.0/16" },
      'bulwark:network.cidr is "10.0.1.0/16" but must be an IPv4 range that starts where one of its size starts',
    ],
    [
      "MySQL 8.0",
      { "bulwark:database.engineVersion": "8.0.42" },
      'bulwark:database.engineVersion is "8.0.42" but must be "8.4" or an RDS MySQL 8.4 minor, in quotes',
    ],
    [
      "a class of EC2",
      { "bulwark:database.instanceClass": "m7g.large" },
      'bulwark:database.instanceClass is "m7g.large" but must be an RDS instance class, such as db.t4g.medium',
    ],
    [
      "a retention that CloudWatch refuses",
      { "bulwark:database.logRetentionDays": 45 },
      /^bulwark:database.logRetentionDays is 45 but must be one of 1, 3, 5, 7, /,
    ],
    [
      "a tag for an image",
      { "bulwark:workload.imageDigest": "latest" },
      'bulwark:workload.imageDigest is "latest" but must be sha256:<64 hex digits>, never a tag',
    ],
    [
      "a recovery window that AWS refuses",
      { "bulwark:secrets.recoveryWindowDays": 3 },
      "bulwark:secrets.recoveryWindowDays is 3 but must be 0, or 7 to 30",
    ],
    [
      "an ARN that is no role",
      { "bulwark:cluster.adminRoleArns[0]": "arn:aws:iam::111122223333:user/me" },
      'bulwark:cluster.adminRoleArns[0] is "arn:aws:iam::111122223333:user/me" but must be the ARN of an IAM role',
    ],
    [
      "an address that is no e-mail",
      { "bulwark:alarms.page[0]": "on-call" },
      'bulwark:alarms.page[0] is "on-call" but must be an e-mail address',
    ],
    [
      "generation 0",
      { "bulwark:rotation": { generation: 0 } },
      "bulwark:rotation.generation is 0 but must be at least 1",
    ],
  ])("%s", (_, changes, expected) => {
    expect(problems("staging", changes)).toEqual([
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    ]);
  });

  it("a stack whose name would not fit into AWS's names", () => {
    const { problems: found } = refusal(valuesOf("staging"), "Feature_Branch-with-a-long-name");
    expect(found.map(({ at }) => at)).toEqual(["stack"]);
  });
});

describe("S1 contradictions, in any tier", () => {
  it.each([
    [
      "NAT gateways for some zones only",
      { "bulwark:network.availabilityZones": 3, "bulwark:network.natGateways": 2 },
      "bulwark:network.natGateways",
    ],
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
      "a schedule for a database that RDS never stops",
      { "bulwark:database.readReplicas": 1 },
      "bulwark:database.readReplicas",
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
    expect(refusal(valuesOf("staging", changes), "staging").problems.map(({ at }) => at)).toEqual([place]);
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
        "bulwark:network.availabilityZones": 2,
        "bulwark:network.natGateways": 2,
        "bulwark:network.endpointZones": 2,
      },
      "bulwark:network.availabilityZones",
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
    expect(refusal(valuesOf("production", changes), "production").problems.map(({ at }) => at)).toEqual([
      place,
    ]);
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
  const changes = fc.dictionary(fc.constantFrom(...paths), anything, {
    minKeys: 1,
    maxKeys: 6,
    noNullPrototype: true,
  });

  it("obeying them ends in a configuration that is accepted, whatever was wrong", () => {
    fc.assert(
      fc.property(fc.constantFrom(...environments), changes, (stack, changed) => {
        const values = valuesOf(stack, changed);
        for (let round = 0; round < 8; round += 1) {
          try {
            return parseEnvironment(rawOf(values), stack).name === stack;
          } catch (error) {
            if (!(error instanceof ConfigurationError)) throw error;
            for (const { mend } of error.problems) obey(mend, values);
          }
        }
        return false;
      }),
      { numRuns: 300 },
    );
  });
});
