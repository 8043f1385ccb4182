import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { dangersOf } from "../../../../scripts/plan/preview/data-loss.ts";
import { compare } from "../../../../scripts/plan/preview/diff.ts";
import { propertyLine } from "../../../../scripts/plan/preview/diff-text.ts";
import { fileFor, type } from "./support.ts";

const resource = (kind: string, inputs: Record<string, unknown>) => ({
  urn: `urn:${kind}`,
  type: kind,
  name: "it",
  inputs,
});
const plan = (...resources: ReturnType<typeof resource>[]) => ({ resources, outputs: {} });
const instance = "aws:rds/instance:Instance";
const group = "aws:elasticache/replicationGroup:ReplicationGroup";
/** What a change of one resource's inputs is found to do. */
const dangers = (kind: string, before: Record<string, unknown>, after: Record<string, unknown>) =>
  dangersOf(compare(plan(resource(kind, before)), plan(resource(kind, after))));

describe("S3 S5 a comparison tells which changes lose data", () => {
  it.each([
    ["another key of the database", instance, { kmsKeyId: "a" }, { kmsKeyId: "b" }],
    ["another engine", instance, { engine: "mysql" }, { engine: "mariadb" }],
    ["another first schema", instance, { dbName: "bulwark" }, { dbName: "other" }],
    ["an encrypted database no longer so", instance, { storageEncrypted: true }, { storageEncrypted: false }],
    ["Valkey back to Redis", group, { engine: "valkey" }, { engine: "redis" }],
    [
      "an older Redis",
      group,
      { engine: "redis", engineVersion: "7.1" },
      { engine: "redis", engineVersion: "6.2" },
    ],
    ["another port of the cache", group, { port: 6379 }, { port: 6380 }],
    ["another key of the vault", "aws:backup/vault:Vault", { kmsKeyArn: "a" }, { kmsKeyArn: "b" }],
    ["another range of the network", "aws:ec2/vpc:Vpc", { cidrBlock: "a" }, { cidrBlock: "b" }],
  ])("%s replaces what holds data", (_, kind, before, after) => {
    const [danger, ...more] = dangers(kind, before, after);
    expect(danger).toMatchObject({ loses: true, names: ["it"] });
    expect(danger?.problem).toMatch(
      /^replaced by a new one, since \w+ cannot be changed in place; what goes: /,
    );
    expect(more).toEqual([]);
  });

  it.each([
    ["Redis on to Valkey", group, { engine: "redis" }, { engine: "valkey" }],
    [
      "a newer Valkey",
      group,
      { engine: "valkey", engineVersion: "8.2" },
      { engine: "valkey", engineVersion: "9.1" },
    ],
    ["a larger class", instance, { instanceClass: "db.t4g.medium" }, { instanceClass: "db.r7g.large" }],
    ["a larger disk", instance, { allocatedStorage: 20 }, { allocatedStorage: 40 }],
    ["a longer retention", instance, { backupRetentionPeriod: 7 }, { backupRetentionPeriod: 35 }],
    ["a newer minor", instance, { engineVersion: "8.4.8" }, { engineVersion: "8.4.9" }],
  ])("%s loses nothing", (_, kind, before, after) => {
    expect(dangers(kind, before, after)).toEqual([]);
  });

  it.each([
    [
      "protection taken off",
      { deletionProtection: true },
      { deletionProtection: false },
      /may be deleted by one command/,
    ],
    [
      "no final snapshot",
      { skipFinalSnapshot: false },
      { skipFinalSnapshot: true },
      /leaves no snapshot behind/,
    ],
    [
      "a shorter retention",
      { backupRetentionPeriod: 35 },
      { backupRetentionPeriod: 7 },
      /35 → 7: backups older than that/,
    ],
    ["a smaller disk", { allocatedStorage: 40 }, { allocatedStorage: 20 }, /RDS shrinks no disk/],
    ["one zone only", { multiAz: true }, { multiAz: false }, /the loss of its zone is an outage/],
  ])("%s is told, as a caution", (_, before, after, says) => {
    expect(dangers(instance, before, after)).toEqual([
      expect.objectContaining({ loses: false, problem: expect.stringMatching(says) }),
    ]);
  });

  it.each([instance, group, "aws:kms/key:Key", "aws:backup/vault:Vault", "aws:s3/bucket:Bucket"])(
    "a %s that is removed takes along what it holds",
    (kind) => {
      const [danger] = dangersOf(compare(plan(resource(kind, {})), plan()));
      expect(danger).toMatchObject({ loses: true, problem: expect.stringMatching(/^removed, and with it /) });
    },
  );
});

describe("S2 S3 a comparison of whole environments", { timeout: 60_000 }, () => {
  const [two, three] = [fileFor("two.json"), fileFor("three.json")];
  const write = async (file: string, ...config: string[]) =>
    writeFileSync(file, (await type(["staging", "--json", ...config])).out);
  beforeAll(async () => {
    await write(two);
    await write(three, "--config", "bulwark:network.zones[2]=use1-az4");
  });

  it("a zone more is no danger: every subnet keeps its range", async () => {
    const { code, out } = await type([
      ...["staging", "--config", "bulwark:network.zones[2]=use1-az4"],
      ...["--against", two],
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\+ ec2\.Subnet .*isolated-c$/m);
    expect(out).not.toMatch(/DATA AT RISK|^[-~] ec2\.Subnet/m);
  });

  it("a zone less is: its subnets are named, in all three forms, and the exit code is 4", async () => {
    const page = fileFor("report.html");
    const { code, out } = await type(["staging", "--against", three, "--html", page]);
    expect(code).toBe(4);
    expect(out).toMatch(/^DATA AT RISK: 3 changes lose data or what holds it$/m);
    expect(out).toMatch(
      /✗ ec2\.Subnet .*isolated-c, .*private-c, .*public-c: removed, .* AWS deletes no subnet in use/,
    );
    expect(readFileSync(page, "utf8")).toContain("Data at risk: 3 changes lose data");
    const markdown = (await type(["staging", "--against", three, "--format", "markdown"])).out;
    expect(markdown).toMatch(/^> \[!CAUTION\]\n> \*\*Data at risk:\*\* 3 changes lose data/m);
  });

  it("S15 a pull request's comment tells what is created, updated and replaced, its cost and what the picture shows", async () => {
    const release = [
      ...["bulwark:database.instanceClass=db.r7g.large", 'bulwark:database.engineVersion="8.4.9"'],
      ...["bulwark:rotation.generation=2", `bulwark:workload.imageDigest=sha256:${"a".repeat(64)}`],
      ...["bulwark:network.zones[2]=use1-az4", "bulwark:network.natGateways=3"],
    ].flatMap((one) => ["--config", one]);
    const command = ["staging", "--against", two, "--format", "markdown", ...release];
    const { code, out } = await type(command);
    // A pinned minor breaks a guardrail.
    expect(code).toBe(3);
    expect(out).toMatch(/^- \*\*medium\*\* `rds-upgraded`: /m);
    const [, counts] = /^\*\*(\d+ created, \d+ updated), 2 replaced, 0 deleted\*\*$/m.exec(out) ?? [];
    expect(counts).toBeDefined();
    expect(out).toMatch(
      /^-\/\+ lambda\.Invocation \S+-rotate-all\n( {4}.*\n)* {4}triggers\.generation: 1 → 2$/m,
    );
    expect(out).toMatch(/^-\/\+ batch\/v1 Job \S+-migrate\n {4}metadata\.name: migrate-/m);
    expect(out).toMatch(/^! apps\/v1 Deployment \S+-api\n( {4}.*\n)* {4}.*image: .*0{9} → .*a{9}$/m);
    expect(out).toMatch(
      /^! rds\.Instance \S+\n( {4}.*\n)* {4}instanceClass: db\.t4g\.medium → db\.r7g\.large$/m,
    );
    expect(out).toMatch(/^\+ ec2\.Subnet \S+-isolated-c$/m);
    expect(out).toMatch(/^\*\*Cost:\*\* [\d,.]+ USD a month, \+[\d,.]+ by this change$/m);
    const [, picture = ""] =
      /What changes in the picture<\/summary>\n\n```diff\n([\s\S]*?)\n```/.exec(out) ?? [];
    expect(picture.split("\n").map((line) => line.split(":")[0])).toEqual([
      ...["! zones[1].nat", "! zones[2]", "! database.engine", "! database.class"],
    ]);
  });

  it.each([
    ["another network range", ["bulwark:network.cidr=10.99.0.0/16"], /✗ ec2\.Vpc \S+: replaced .*cidrBlock/],
    [
      "Redis instead of Valkey",
      ["bulwark:cache.engine=redis", 'bulwark:cache.engineVersion="7.1"'],
      /✗ elasticache\.ReplicationGroup \S+: replaced .*engine/,
    ],
  ])("%s loses data", async (_, config, says) => {
    const { code, out } = await type([
      ...["staging", "--against", two],
      ...config.flatMap((one) => ["--config", one]),
    ]);
    expect(code).toBe(4);
    expect(out).toMatch(says);
  });
});

describe("S3 S5 a comparison tells which changes wait for the maintenance window", () => {
  const windows = { maintenanceWindow: "sun:05:30-sun:06:30" };
  it.each([
    ["a larger class", instance, "instanceClass", {}, true],
    ["a standby", instance, "multiAz", {}, true],
    ["a larger class, at once", instance, "instanceClass", { applyImmediately: true }, false],
    ["another security group, which RDS never defers", instance, "vpcSecurityGroupIds", {}, false],
    ["larger nodes of the cache", group, "nodeType", {}, true],
    ["a replica more of the cache", group, "numCacheClusters", {}, false],
  ])("%s", (_, kind, property, more, waits) => {
    const after = resource(kind, { ...windows, ...more, [property]: "new" });
    const line = propertyLine({ path: property, before: "old", after: "new" }, after);
    expect(line.startsWith(`${property}: old → new`)).toBe(true);
    expect(line.includes("(in the next maintenance window, sun:05:30-sun:06:30 UTC; at once with ")).toBe(
      waits,
    );
  });
});
