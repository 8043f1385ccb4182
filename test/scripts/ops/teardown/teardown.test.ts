import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { beforeEach, describe, expect, it } from "vitest";
import { planning } from "../../../infra/support/plan.ts";
import { type World, withWorld } from "./world.ts";

const yes = ["staging", "--yes-delete", "staging"];
const tags = { "bulwark:environment": "staging" };
const inCluster = ["**kubernetes:**", "**aws:eks/addon:Addon**"];
const arn = (resource: string) => `arn:aws:${resource.replace("@", "us-east-1:123456789012")}`;

let world: World;
beforeEach(async () => {
  world = await withWorld();
  await world.deploy();
}, planning);

/** What AWS has of an environment that was deployed once; a neighbour whose name begins alike stands beside it. */
const leaveBehind = async ({ aws, vpcId }: World) => {
  for (const Name of ["bulwark/staging/jwt", "bulwark/staging-2/jwt"]) {
    await aws.secrets.CreateSecret({ Name });
    await aws.secrets.DeleteSecret({ SecretId: Name, RecoveryWindowInDays: 7 });
  }
  const groups = ["/aws/eks/bulwark-staging-cluster/cluster", "/aws/eks/bulwark-staging-cluster/cluster-2"];
  aws.inventory.logGroups = [...groups, "RDSOSMetrics"].map((name) => ({ name, storedBytes: 1e6 }));
  aws.inventory.dbSnapshots = [
    { name: "by-hand", database: "bulwark-staging-database", sizeGb: 20, type: "manual" },
    { name: "neighbour", database: "bulwark-staging-2-database", sizeGb: 20, type: "manual" },
  ];
  aws.inventory.automatedBackups = [
    { resourceId: "db-1", database: "bulwark-staging-database", status: "retained" },
  ];
  aws.inventory.cacheSnapshots = [
    { name: "cache-by-hand", replicationGroup: "bulwark-staging-cache", source: "manual" },
  ];
  aws.inventory.networkInterfaces = [
    { id: "eni-other", vpcId: "vpc-other", description: "ELB app/x", usedBy: {} },
    { id: "eni-db", vpcId, description: "RDSNetworkInterface", usedBy: {} },
  ];
};

describe("S14 a teardown", () => {
  it("empties the cluster first, destroys the rest, sweeps by exact names and finds nothing left", async () => {
    await leaveBehind(world);
    const { inventory, secrets } = world.aws;
    const { code, out, error } = await world.run(yes);
    expect(error).toBe("");
    expect(code).toBe(0);
    expect(world.destroyed).toEqual([inCluster, []]);
    expect(inventory.logGroups.map(({ name }) => name)).toEqual([
      "/aws/eks/bulwark-staging-cluster/cluster-2",
      "RDSOSMetrics",
    ]);
    expect(inventory.dbSnapshots.map(({ name }) => name)).toEqual(["neighbour"]);
    expect([...inventory.automatedBackups, ...inventory.cacheSnapshots]).toEqual([]);
    // The name is free again: the next deployment is not refused.
    await secrets.CreateSecret({ Name: "bulwark/staging/jwt" });
    await expect(secrets.CreateSecret({ Name: "bulwark/staging-2/jwt" })).rejects.toThrow(
      "scheduled for deletion",
    );
    expect(out).toContain("left alone: log group RDSOSMetrics");
    expect(out).toContain('"staging" is gone: nothing with its tag is left.');
  });

  it("asks for the environment's name and goes on when it is typed in full", async () => {
    const { code, out } = await world.run(["staging"], { ask: async () => "staging" });
    expect(code).toBe(0);
    expect(out).toContain("Data that is lost for good:");
  });

  it("waits for load balancer and nodes before it takes their network away", async () => {
    const { inventory } = world.aws;
    const { vpcId } = world;
    inventory.networkInterfaces = [
      { id: "eni-lb", vpcId, description: "ELB app/k8s-bulwark/1", usedBy: {} },
      { id: "eni-node", vpcId, description: "", usedBy: { instanceId: "i-1" } },
    ];
    const destroysWhenGone: number[] = [];
    const { code } = await world.run(yes, {}, (text) => {
      if (!text.includes("Waiting for load balancer and nodes to go: 1 of a load balancer, 1 of a node"))
        return;
      destroysWhenGone.push(world.destroyed.length);
      inventory.networkInterfaces = [];
    });
    expect(code).toBe(0);
    expect(destroysWhenGone).toEqual([1]);
    expect(world.destroyed).toHaveLength(2);
  });

  it("empties the backup vaults before they are to go; the continuous backup is handed back, no database restarts", async () => {
    const { inventory } = world.aws;
    const points = ["rds:@:snapshot:awsbackup:1", "backup:@:recovery-point:continuous:db-1"].map((name) => ({
      arn: arn(name),
      created: new Date(0),
    }));
    inventory.vaults = [
      { name: "bulwark-staging-backup", recoveryPoints: points },
      { name: "bulwark-staging-2-backup", recoveryPoints: points },
    ];
    const { code, out } = await world.run(yes);
    expect(code).toBe(0);
    expect(out).toContain("Deleting 2 backups in bulwark-staging-backup (us-east-1).");
    expect(inventory.vaults.map(({ recoveryPoints }) => recoveryPoints.length)).toEqual([0, 2]);
  });

  it("keeps snapshots when told to, and says what they cost", async () => {
    await leaveBehind(world);
    const { code, out } = await world.run([...yes, "--keep-snapshots"]);
    expect(code).toBe(0);
    expect(world.aws.inventory.dbSnapshots).toHaveLength(2);
    expect(out).toMatch(
      /Kept, as .*:\n {2}arn:aws:rds:us-east-1:123456789012:snapshot:by-hand {3}0\.095 USD a GB/,
    );
  });
});

describe("S14 a teardown of a database that is to leave a last snapshot", () => {
  it("keeps the snapshot, and the keys and the option group that restoring it needs", async () => {
    const { aws } = world;
    const { KeyMetadata } = await new KMSClient(aws.client).send(new CreateKeyCommand({}));
    const last = "bulwark-staging-database-final-1a2b3c4d";
    aws.inventory.dbSnapshots = [
      { name: last, database: "bulwark-staging-database", sizeGb: 20, type: "manual" },
    ];
    const kept = [KeyMetadata?.Arn ?? "", arn("rds:@:og:bulwark-staging-database-audit")];
    aws.inventory.tagged = kept.map((each) => ({ arn: each, tags }));
    const root = world.rootWith("database.finalSnapshot", true);
    const { code, out } = await world.run(yes, { root });
    expect(code).toBe(0);
    expect(out).toContain("a last snapshot is KEPT");
    const [, told = ""] = out.split("Kept, as the configuration");
    for (const each of [...kept, `:snapshot:${last}`]) expect(told).toContain(each);
    expect(aws.inventory.dbSnapshots).toHaveLength(1);
  });
});

describe("S14 what AWS refuses at first", () => {
  const violation = "error: deleting EC2 Subnet: api error DependencyViolation: The subnet has dependencies";

  it("is tried again once Lambda's network interfaces are gone: the free ones deleted, the others waited for", async () => {
    const { inventory } = world.aws;
    const { vpcId } = world;
    inventory.networkInterfaces = [
      { id: "eni-free", vpcId, description: "AWS Lambda VPC ENI-a" },
      { id: "eni-used", vpcId, description: "AWS Lambda VPC ENI-b", interfaceType: "lambda", usedBy: {} },
    ];
    inventory.securityGroups = [
      {
        id: "sg-1",
        name: "k8s-bulwark-api",
        vpcId,
        tags: { "eks:eks-cluster-name": "bulwark-staging-cluster" },
      },
      {
        id: "sg-2",
        name: "other",
        vpcId: "vpc-other",
        tags: { "eks:eks-cluster-name": "bulwark-staging-cluster" },
      },
    ];
    world.play({}, { staying: ["aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"], output: violation, code: 255 });
    const { code, out } = await world.run(yes, {}, (text) => {
      // AWS takes the one in use away in its own time.
      if (text.includes("In use in the network: 1 of a Lambda function")) inventory.networkInterfaces = [];
    });
    expect(code).toBe(0);
    expect(out).toContain("Deleted 1 network interfaces that nobody uses any more.");
    expect(out).toContain("Deleted security groups that EKS forgot: k8s-bulwark-api.");
    expect(inventory.securityGroups.map(({ id }) => id)).toEqual(["sg-2"]);
    expect(world.destroyed).toHaveLength(3);
  });

  it("is given up after three tries, with what to do; nothing is swept behind a stack that still stands", async () => {
    await leaveBehind(world);
    const play = { staying: ["aws:ec2/vpc:Vpc"], output: violation, code: 255 };
    world.play({}, play, play, play);
    const { code, error } = await world.run(yes);
    expect(code).toBe(1);
    expect(error).toContain("docs/runbooks/teardown.md");
    expect(world.destroyed).toHaveLength(4);
    expect(world.aws.inventory.logGroups).toHaveLength(3);
  });

  it.each([
    ["error: the stack is currently locked by 1 lock(s)", "pulumi cancel --stack staging"],
    ["error: configured Kubernetes cluster is unreachable", "cluster.publicAccessCidrs"],
    ["error: something new", "what it could not delete stands above"],
  ])("is told in words: %s", async (says, fix) => {
    world.play({ output: says, code: 255, staying: ["aws:ec2/vpc:Vpc"] });
    const { code, out, error } = await world.run(yes);
    expect(code).toBe(1);
    expect(out).toContain(says);
    expect(error).toContain(fix);
  });
});

describe("S14 what is left", () => {
  it("is told with its price and the command that ends it, exit code 1", async () => {
    const { inventory } = world.aws;
    inventory.natGateways = [{ id: "nat-1", state: "available" }];
    inventory.tagged = [
      { arn: arn("ec2:@:natgateway/nat-1"), tags },
      { arn: arn("sqs:@:queue"), tags },
      { arn: arn("ec2:@:natgateway/nat-9"), tags: { "bulwark:environment": "staging-2" } },
    ];
    const { code, out } = await world.run(yes, {
      patience: { pollMs: 5, clusterMs: 100, networkMs: 100, listingMs: 100 },
    });
    expect(code).toBe(1);
    expect(out).toMatch(/natgateway\/nat-1\n.*its service says it is there\. Costs: 33 USD a month/);
    expect(out).toContain("aws ec2 delete-nat-gateway --nat-gateway-id nat-1");
    expect(out).toMatch(/:queue\n.*AWS still lists it; it may be gone already/);
    expect(out).not.toContain("nat-9");
  });

  it("is not what AWS lists for a while after its end, nor what ends by itself", async () => {
    const { aws } = world;
    const keys = new KMSClient(aws.client);
    const { KeyMetadata } = await keys.send(new CreateKeyCommand({}));
    await keys.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 }));
    aws.inventory.natGateways = [{ id: "nat-1", state: "deleted" }];
    aws.inventory.instances = [{ id: "i-1", state: "terminated" }];
    aws.inventory.tagged = [
      { arn: KeyMetadata?.Arn ?? "", tags },
      { arn: arn("ec2:@:natgateway/nat-1"), tags },
      { arn: arn("ec2:@:instance/i-1"), tags },
      { arn: arn("ec2:@:vpc/vpc-1"), tags, listings: 3 },
      { arn: arn("logs:@:log-group:/gone"), tags },
      { arn: arn("secretsmanager:@:secret:gone-AbCdEf"), tags },
      { arn: arn("rds:@:snapshot:gone"), tags },
    ];
    const { code, out } = await world.run(yes);
    expect(code).toBe(0);
    expect(out).toMatch(/key\/\S+ {3}KMS deletes the key on \d{4}-\d\d-\d\d and charges nothing/);
    expect(out).toContain("AWS still lists 1 in us-east-1");
  });

  it("is looked for all the same once the stack is empty, and nothing is destroyed", async () => {
    // The configuration's roles are then what tells the account.
    const later = await withWorld("111122223333");
    await leaveBehind(later);
    later.empty();
    const { code, out } = await later.run(yes);
    expect(code).toBe(0);
    expect(out).toContain("Nothing of it is deployed any more");
    expect(later.destroyed).toEqual([]);
    expect(later.aws.inventory.logGroups).toHaveLength(2);
  });
});
