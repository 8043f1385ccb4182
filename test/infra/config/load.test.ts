import { RunError } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../infra/config/errors.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { environments, rawOf, refusal, valuesOf } from "../support/configuration.ts";

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
    expect(network).toMatchObject({ zones: ["use1-az1", "use1-az2", "use1-az4"], natGateways: 3 });
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
    expect(network).toMatchObject({ zones: ["use1-az1", "use1-az2"], natGateways: 1 });
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
        "bulwark:network.natGateway": 3,
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
      "     pulumi config set --stack production --path aws:region us-east-1",
      '  2. bulwark:network.natGateways is "three" but must be a number',
      "     pulumi config set --stack production --path network.natGateways 3",
      '  3. bulwark:network.natGateway is not a key of this program; did you mean "natGateways"?',
      "     pulumi config rm --stack production --path network.natGateway",
      "  4. bulwark:cache.engineVersion is 8.2 but must be text: put it in quotes",
      "     pulumi config set --stack production --path cache.engineVersion 8.2",
      "  5. bulwark:edge is missing and has no default",
      "     pulumi config set --stack production --path edge.deletionProtection true",
    ]);
  });

  it("tells what is unsafe together with what is no value at all, and mends both in one round", () => {
    const changes = {
      "bulwark:network.zones": ["use1-az1"],
      "bulwark:network.natGateways": 3,
      "bulwark:database.sizeGb": 5,
      "bulwark:database.deletionProtection": false,
    };
    const { problems } = refusal(valuesOf("production", changes), "production");
    expect(problems.map(({ at, mend }) => [at, mend.split(" ").at(-1)])).toEqual([
      ["bulwark:network.zones[1]", "use1-az2"],
      ["bulwark:database.sizeGb", "database.sizeGb"],
      ["bulwark:network.zones[2]", "use1-az4"],
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
      "bulwark:network.zones[2]": undefined,
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
      "a key of an earlier release, with the reason why it is gone",
      { "bulwark:database.readReplicas": 1 },
      "bulwark:database.readReplicas is not a key any more: RDS makes no read replica of a MySQL instance whose master password it manages, and nothing here reads from one",
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
      "one zone",
      { "bulwark:network.zones": ["use1-az1"] },
      "bulwark:network.zones[1] is missing: the list must be at least 2 long",
    ],
    [
      "too many zones",
      { "bulwark:network.zones": ["use1-az1", "use1-az2", "use1-az4", "use1-az5"] },
      "bulwark:network.zones[3] is one too many: the list must be at most 3 long",
    ],
    [
      "a local zone",
      { "bulwark:network.zones[1]": "use1-bos1-az1" },
      'bulwark:network.zones[1] is "use1-bos1-az1" but must be the id of an availability zone, such as use1-az1',
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
