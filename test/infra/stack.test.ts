import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { secretPurposes } from "../../app/contract/secrets.ts";
import { ConfigurationError } from "../../infra/config/errors.ts";
import { runProgram, shapedResource } from "../../scripts/plan/monitor/index.ts";
import { services } from "../engine/support/provider-config.ts";
import { withoutTraces } from "../support/without-traces.ts";
import { environments } from "./support/configuration.ts";
import { planOf, planUnderName, statementsOf } from "./support/plan.ts";
import { plansOfAll } from "./support/plans.ts";

const plan = plansOfAll();

/** Whether the provider's SDK has tags among the arguments of a resource: `aws:ec2/vpc:Vpc` is declared in `ec2/vpc.d.ts`. */
function takesTags(type: string): boolean {
  const file = type.split(":")[1] ?? "";
  const declared = readFileSync(fileURLToPath(import.meta.resolve(`@pulumi/aws/${file}.d.ts`)), "utf8");
  return /^ {4}tags\?: pulumi\.Input</m.test(declared);
}

describe.each(environments)("S1 the program for %s", { timeout: 60_000 }, (stack) => {
  it("declares every part of the stack", () => {
    const parts = plan(stack)
      .run.resources.filter(({ component, parent }) => component && parent?.includes("pulumi:pulumi:Stack"))
      .map(({ type }) => type.split(":").at(-1));
    expect(parts).toEqual(
      expect.arrayContaining([
        "EncryptionKey",
        "Topics",
        "Network",
        "Database",
        "Cache",
        "Credentials",
        "Backup",
        "ImageRepository",
        "Cluster",
        "WebAcl",
        "Workload",
        "Alarms",
      ]),
    );
  });

  it("tells a person and a pipeline where everything is", () => {
    const host = expect.stringMatching(/^[\w-]+(\.[\w-]+)+$/);
    const { secretArns, natPublicIps, ...others } = plan(stack).run.outputs;
    expect(others).toEqual({
      url: expect.stringMatching(/^https?:\/\/[\w.-]+$/),
      clusterName: expect.stringContaining(`bulwark-${stack}-`),
      imageRepository: expect.stringMatching(/\.dkr\.ecr\.\S+\/bulwark/),
      databaseHost: host,
      cacheHost: host,
      bootstrap: expect.anything(),
      rotation: expect.anything(),
    });
    expect(Object.keys(Object(secretArns))).toEqual(expect.arrayContaining([...secretPurposes]));
    expect(natPublicIps).toEqual(expect.arrayContaining([expect.stringMatching(/^[\d.]+$/)]));
  });

  it("names its parts after the environment, so that two can share an account", () => {
    for (const { name, type } of plan(stack).run.resources) {
      if (type !== "pulumi:pulumi:Stack") expect(name).toMatch(new RegExp(`^bulwark-${stack}-`));
    }
  });

  it("belongs to services that the engine test keeps from the real AWS", () => {
    // `aws:ec2/vpc:Vpc` is EC2's, and so is what the provider files under "vpc".
    const modules = plan(stack).run.resources.flatMap(({ type }) => /^aws:(\w+)\//.exec(type)?.[1] ?? []);
    const outside = modules.filter((module) => module !== "vpc" && !services.includes(module));
    expect(outside).toEqual([]);
  });

  it("tags everything in AWS that takes tags", () => {
    const untagged = plan(stack)
      .run.resources.filter(({ type, inputs }) => type.startsWith("aws:") && inputs.tags === undefined)
      .map(({ type }) => type);
    expect([...new Set(untagged)].filter(takesTags)).toEqual([]);
    for (const { type, inputs } of plan(stack).run.resources) {
      if (type.startsWith("aws:") && inputs.tags !== undefined) {
        expect(inputs.tags).toMatchObject({ "bulwark:environment": stack, "bulwark:managed-by": "pulumi" });
      }
    }
  });

  it("names what belongs to the network by tag: the console shows no other name", () => {
    const network = plan(stack).run.resources.filter(({ type }) => /^aws:(ec2|vpc)\//.test(type));
    expect(network.length).toBeGreaterThan(30);
    for (const { name, inputs } of network) {
      if (inputs.tags !== undefined) expect(inputs.tags).toMatchObject({ Name: name });
    }
  });

  it("survives a first preview, and makes no resource only once something else is known", async () => {
    const unknown = await planOf(stack, {}, "first preview");
    const urns = (of: typeof unknown) => of.run.resources.map(({ urn }) => urn).sort();
    expect(urns(unknown)).toEqual(urns(plan(stack)));
  });

  it("uses the default AWS provider throughout: `aws:…` configuration alone decides the target", () => {
    expect(plan(stack).run.resources.filter(({ type }) => type === "pulumi:providers:aws")).toEqual([]);
    for (const { type, provider } of plan(stack).run.resources) {
      if (type.startsWith("aws:")) expect(provider).toBeUndefined();
    }
  });
});

describe("S1 a refused configuration", { timeout: 60_000 }, () => {
  it("stops the program before any resource is registered", async () => {
    const registered: string[] = [];
    const run = runProgram({
      stack: "production",
      preview: true,
      config: { "bulwark:database.deletionProtection": false, "bulwark:network.natGateways": 1 },
      newResource: ({ name }) => {
        registered.push(name);
        return { id: name, state: {} };
      },
    });
    await expect(run).rejects.toThrow(ConfigurationError);
    await expect(run).rejects.toThrow(/has 2 problems; nothing was changed/);
    // The stack itself is where the language host runs the program in, not a resource of the program's.
    expect(registered.filter((name) => name !== "bulwark-production")).toEqual([]);
  });
});

describe("S1 an answer of AWS that lacks what it must hold", { timeout: 60_000 }, () => {
  it.each([
    ["aws:rds/instance:Instance", { masterUserSecrets: [] }, "the master user's secret"],
    ["aws:eks/cluster:Cluster", { vpcConfig: {} }, "the security group of nodes and pods"],
    ["aws:acm/certificate:Certificate", { domainValidationOptions: [] }, "the record that proves the domain"],
  ])("%s: the deployment stops and names it", async (type, lacking, what) => {
    const run = withoutTraces(() =>
      runProgram({
        stack: "production",
        preview: false,
        newResource: (request) => {
          const { id, state } = shapedResource(request);
          return { id, state: request.type === type ? { ...state, ...lacking } : state };
        },
      }),
    );
    await expect(run).rejects.toThrow(`AWS reports nothing for bulwark-production-`);
    await expect(run).rejects.toThrow(what);
  });
});

describe("S1 names and limits of AWS", { timeout: 60_000 }, () => {
  /** The longest that AWS takes, by type: with the seven letters and the hyphen that Pulumi adds where no name is given. */
  const limits: Record<string, [property: string, longest: number]> = {
    "aws:iam/role:Role": ["name", 64],
    "aws:lambda/function:Function": ["name", 64],
    "aws:rds/instance:Instance": ["identifier", 63],
    "aws:elasticache/replicationGroup:ReplicationGroup": ["replicationGroupId", 40],
    "aws:elasticache/user:User": ["userId", 40],
    "aws:elasticache/userGroup:UserGroup": ["userGroupId", 40],
    "aws:eks/cluster:Cluster": ["name", 100],
    "aws:s3/bucket:Bucket": ["bucket", 63],
    "aws:sqs/queue:Queue": ["name", 80],
    "aws:backup/vault:Vault": ["name", 50],
    "aws:backup/plan:Plan": ["name", 50],
    "aws:backup/selection:Selection": ["name", 50],
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": ["name", 50],
    "aws:cloudwatch/eventRule:EventRule": ["name", 64],
    "aws:wafv2/webAcl:WebAcl": ["name", 128],
    "aws:ec2/securityGroup:SecurityGroup": ["name", 255],
  };

  it("are kept by the longest name that a stack may have", async () => {
    const longest = await planUnderName("a-stack-named-so", "production");
    for (const [type, [property, length]] of Object.entries(limits)) {
      const found = longest.all(type);
      expect([type, found.length > 0]).toEqual([type, true]);
      for (const { name, inputs } of found) {
        const given = inputs[property] ?? `${name}-1234567`;
        expect([given, String(given).length <= length]).toEqual([given, true]);
      }
    }
  });
});

describe("S6 the keys", () => {
  it.each(environments)(
    "%s has a key for data and one for secrets, rotated by AWS, ruled by IAM",
    (stack) => {
      const keys = plan(stack)
        .all("aws:kms/key:Key")
        .filter(({ inputs }) => inputs.region === undefined);
      expect(keys.map(({ name }) => name).sort()).toEqual([
        `bulwark-${stack}-data-key`,
        `bulwark-${stack}-secrets-key`,
      ]);
      for (const { inputs } of keys) {
        expect(inputs.enableKeyRotation).toBe(true);
        expect(statementsOf(inputs.policy)[0]).toMatchObject({
          Principal: { AWS: "arn:aws:iam::123456789012:root" },
          Action: "kms:*",
        });
      }
    },
  );

  it("the secrets' key lets in no service; the data key only log groups and topics of this account", () => {
    const sids = (part: string) =>
      statementsOf(plan("production").one("aws:kms/key:Key", part).inputs.policy).map(({ Sid }) => Sid);
    expect(sids("secrets-key")).toEqual(["IamDecides"]);
    expect(sids("data-key")).toEqual(["IamDecides", "LogGroups", "Alarms", "DatabaseEvents", "Budgets"]);
  });

  it("live at least as long as a deleted secret can be brought back", () => {
    expect(plan("production").one("aws:kms/key:Key", "secrets-key").inputs.deletionWindowInDays).toBe(30);
    expect(plan("staging").one("aws:kms/key:Key", "secrets-key").inputs.deletionWindowInDays).toBe(7);
  });
});
