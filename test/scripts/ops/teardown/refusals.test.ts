import { beforeAll, describe, expect, it } from "vitest";
import { planning, planOf } from "../../../infra/support/plan.ts";
import { withStandin } from "../../../support/index.ts";
import { withoutPulumi, withWorld } from "./world.ts";

const world = await withWorld();
beforeAll(() => world.deploy(), planning);

const nothingDestroyed = () => expect(world.destroyed).toEqual([]);

describe("S14 what a teardown refuses", () => {
  it("production, naming every protection at once with the command that lifts it", async () => {
    const { code, error } = await world.run(["production", "--yes-delete", "production"]);
    expect(code).toBe(2);
    const commands = error.split("\n").filter((line) => line.includes("pulumi config set"));
    expect(commands.map((line) => line.trim())).toEqual([
      "pulumi config set --stack production --path tier staging",
      "pulumi config set --stack production --path database.deletionProtection false",
      "pulumi config set --stack production --path cluster.deletionProtection false",
      "pulumi config set --stack production --path edge.deletionProtection false",
      "pulumi config set --stack production --path backup.vaultLock false",
      "pulumi config set --stack production --path secrets.recoveryWindowDays 0",
      "pulumi config set --stack production --path database.finalSnapshot false",
    ]);
    expect(error).toContain(
      '"production" is not deleted: 6 protections stand in the way. Nothing was changed.',
    );
    nothingDestroyed();
  });

  it("what the configuration has released but the last deployment still protects", async () => {
    const deployed = await withWorld();
    await deployed.deploy(
      {
        "aws:rds/instance:Instance": { deletionProtection: true },
        "aws:eks/cluster:Cluster": { deletionProtection: true },
        "aws:s3/bucket:Bucket": { forceDestroy: false },
        "aws:backup/vault:Vault": { forceDestroy: false },
      },
      ["aws:ec2/vpc:Vpc"],
    );
    const { code, error } = await deployed.run(["staging", "--yes-delete", "staging"]);
    expect(code).toBe(2);
    for (const name of ["database", "cluster", "access-logs", "backup"]) {
      expect(error).toContain(`bulwark-staging-${name} is deployed`);
    }
    expect(error).toContain("pulumi up --stack staging");
    expect(error).toMatch(
      /bulwark-staging-network is protected in Pulumi's state\n +pulumi state unprotect 'urn:/,
    );
    expect(deployed.destroyed).toEqual([]);
  });

  it("what production protects by its configuration: `pulumi destroy` before it touches anything, and so this command", {
    timeout: 2 * planning,
  }, async () => {
    const production = (await planOf("production")).run.resources;
    const types = production.filter(({ protect }) => protect).map(({ type }) => type);
    const deployed = await withWorld();
    await deployed.deploy({}, types);
    const before = deployed.standing;
    const raw = deployed.destroy();
    expect(raw.status).toBe(255);
    expect(raw.stdout).toContain("because it is protected");
    expect(deployed.standing).toEqual(before);
    const destroyed = deployed.destroyed.length;

    const refused = await deployed.run(["staging", "--yes-delete", "staging"]);
    expect(refused.code).toBe(2);
    for (const name of ["database", "cluster", "workload-ingress"])
      expect(refused.error).toContain(`bulwark-staging-${name} is deployed with deletion protection`);
    expect(refused.error).not.toContain("state unprotect");
    expect(deployed.destroyed).toHaveLength(destroyed);

    // As `pulumi up` leaves it, once the configuration has lifted them.
    await deployed.deploy();
    expect((await deployed.run(["staging", "--yes-delete", "staging"])).code).toBe(0);
    expect(deployed.standing).toEqual([]);
  });

  it("another AWS account than the stack's", async () => {
    const { code, error } = await world.run(["staging", "--yes-delete", "staging"], {
      aws: { ...(await withStandin({ accountId: "210987654321" })).client },
    });
    expect(code).toBe(2);
    expect(error).toMatch(/of AWS account 210987654321 .* the stack's resources are in 123456789012/);
    nothingDestroyed();
  });

  it("to delete without being told so: no terminal, another name, another name on the command line", async () => {
    const unasked = await world.run(["staging"]);
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.error).toContain("npm run teardown -- staging --yes-delete staging");
    const mistyped = await world.run(["staging"], { ask: async () => "stagin" });
    expect(mistyped).toMatchObject({ code: 2, error: '"stagin" is not "staging". Nothing was changed.\n' });
    const crossed = await world.run(["staging", "--yes-delete", "production"]);
    expect(crossed).toMatchObject({ code: 2 });
    nothingDestroyed();
  });

  it("an environment that does not exist, and one whose configuration is wrong", async () => {
    const { code, error } = await world.run(["stagin"]);
    expect(code).toBe(2);
    expect(error).toContain("Environments: production, sandbox, staging.");
    nothingDestroyed();
  });

  it("an environment that another backend manages: its network lives, and this stack is empty", async () => {
    const other = await withWorld();
    other.empty();
    // Nothing deployed to compare with: the roles in the configuration say which account it is.
    const aws = await withStandin({ accountId: "111122223333" });
    aws.inventory.vpcs = [{ id: "vpc-alive", tags: { "bulwark:environment": "staging" } }];
    const { code, error } = await other.run(["staging", "--yes-delete", "staging"], { aws: aws.client });
    expect(code).toBe(2);
    expect(error).toMatch(/knows of nothing in stack "staging", but account 111122223333 .* vpc-alive/);
  });

  it("production also where Pulumi is not signed in; of others it passes on what Pulumi says", async () => {
    const signedOut = await withWorld();
    signedOut.signOut();
    const production = await signedOut.run(["production"]);
    expect(production).toMatchObject({ code: 2, error: expect.stringContaining("6 protections stand") });
    const staging = await signedOut.run(["staging"]);
    expect(staging).toMatchObject({
      code: 1,
      error: expect.stringContaining("PULUMI_ACCESS_TOKEN must be set"),
    });
  });

  it("the sandbox, which is deployed nowhere, with the command that resets it", async () => {
    const bare = await withWorld();
    const { code, error } = await bare.run(["sandbox", "--yes-delete", "sandbox"]);
    expect(code).toBe(2);
    expect(error).toContain("npm run sandbox -- --reset");
  });

  it("in one line where there is no Pulumi CLI, with exit code 3", async () => {
    const bare = await withWorld();
    withoutPulumi(bare);
    const { code, error, out } = await bare.run(["staging", "--yes-delete", "staging"]);
    expect(code).toBe(3);
    expect(`${out}${error}`.trim().split("\n")).toHaveLength(1);
  });
});

describe("S14 a dry run", () => {
  it("shows what goes and which data is lost, and changes nothing", async () => {
    const { inventory } = world.aws;
    inventory.dbSnapshots = [
      { name: "before-the-move", database: "bulwark-staging-database", sizeGb: 20, type: "manual" },
      { name: "elsewhere", database: "bulwark-staging-2-database", sizeGb: 20, type: "manual" },
    ];
    const created = new Date("2026-11-01T02:00:00Z");
    const arn = "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:1";
    inventory.vaults = [{ name: "bulwark-staging-backup", recoveryPoints: [{ arn, created }] }];
    const { code, out } = await world.run(["staging", "--dry-run"]);
    expect(code).toBe(0);
    expect(out).toMatch(/AWS account 123456789012 \(the stack's resources are in it\), us-east-1/);
    expect(out).toMatch(/What goes: \d+ resources, about \d+ USD a month/);
    for (const part of ["database", "cluster", "workload"]) expect(out).toMatch(new RegExp(` ${part} +\\d+`));
    expect(out).toContain("database bulwark-staging-database: 20 GiB or more");
    expect(out).toContain("database snapshot before-the-move (20 GiB): deleted");
    expect(out).not.toContain("elsewhere");
    expect(out).toContain("bulwark-staging-backup (us-east-1): 1 recovery point, 2026-11-01 to 2026-11-01");
    expect(out).toContain("8 secrets, with no way back");
    const kept = await world.run(["staging", "--dry-run", "--keep-snapshots"]);
    expect(kept.out).toContain("database snapshot before-the-move (20 GiB): KEPT");
    nothingDestroyed();
    expect(inventory.dbSnapshots).toHaveLength(2);
  });
});

describe("S14 a time to live", () => {
  const nightly = ["staging", "--if-expired", "--dry-run"];

  it("keeps an environment that has none, or whose time is not up", async () => {
    const endless = await world.run(nightly);
    expect(endless).toMatchObject({ code: 0, out: expect.stringContaining("has no time to live") });
    const young = await world.run(nightly, {
      root: world.rootWith("schedule.expires", "2026-06-01T18:00:00Z"),
    });
    expect(young.code).toBe(0);
    expect(young.out).toBe(
      '"staging" may live until 2026-06-01T18:00:00.000Z (bulwark:schedule.expires): nothing to do.\n',
    );
  });

  it("ends one whose time is up", async () => {
    const { code, out } = await world.run(nightly, {
      root: world.rootWith("schedule.expires", "2026-06-01T11:00:00Z"),
    });
    expect(code).toBe(0);
    expect(out).toContain("What goes:");
  });
});
