import { describe, expect, it } from "vitest";
import { refusal, valuesOf } from "../support/configuration.ts";

/** The problems of a changed environment, as `place: what is wrong`. */
const problems = (stack: string, changes: Record<string, unknown>): string[] =>
  refusal(valuesOf(stack, changes), stack).problems.map(({ at, problem }) => `${at} is ${problem}`);

describe("S1 a value that is refused by itself", () => {
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
      { "bulwark:rotation": "big" },
      'bulwark:rotation is "big" but must be a section with keys',
    ],
    [
      "a scalar for a list",
      { "bulwark:alarms.page": "me" },
      'bulwark:alarms.page is "me" but must be a list',
    ],
    ["no tier", { "bulwark:tier": undefined }, "bulwark:tier is missing and has no default"],
    [
      "an unknown tier",
      { "bulwark:tier": "live" },
      'bulwark:tier is "live" but must be one of sandbox, staging, production',
    ],
    [
      "a tier with a letter missing",
      { "bulwark:tier": "stagin" },
      'bulwark:tier is "stagin" but must be one of sandbox, staging, production; did you mean staging?',
    ],
    [
      "a region that does not exist, though it looks like one",
      { "aws:region": "us-east-11" },
      'aws:region is "us-east-11", which is no AWS region that @pulumi/aws knows; did you mean us-east-1?',
    ],
    [
      "a region for copies that does not exist",
      { "bulwark:backup.copyToRegion": "eu-west-9" },
      'bulwark:backup.copyToRegion is "eu-west-9" but must be an AWS region, such as eu-west-1',
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
    ...Object.entries({
      "8.8.0.0/16": "other people's on the internet, whom nothing in the VPC could reach",
      "224.0.0.0/16": "multicast",
      "169.254.0.0/16": "link-local",
      "100.128.0.0/16": "other people's on the internet, whom nothing in the VPC could reach",
    }).map(([range, kind]): [string, Record<string, unknown>, string] => [
      `S2 a VPC in ${range}`,
      { "bulwark:network.cidr": range },
      `bulwark:network.cidr is "${range}" but must be private: in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10; these addresses are ${kind}`,
    ]),
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
    [
      "a number beyond every bound",
      { "bulwark:network.endpointZones": 1e300 },
      "bulwark:network.endpointZones is 1e+300 but must be at most 3",
    ],
  ])("%s", (_, changes, expected) => {
    expect(problems("staging", changes)).toEqual([
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    ]);
  });

  it("an abbreviation of a tier is taken for that, and never for a laxer one", () => {
    const [first] = refusal(valuesOf("production", { "bulwark:tier": "prod" }), "production").problems;
    expect(first?.problem).toMatch(/; did you mean production\?$/);
    expect(first?.fix).toBe("pulumi config set --stack production --path tier production");
  });
});
