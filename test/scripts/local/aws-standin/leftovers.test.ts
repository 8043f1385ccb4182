import {
  BackupClient,
  DeleteRecoveryPointCommand,
  DisassociateRecoveryPointCommand,
  ListRecoveryPointsByBackupVaultCommand,
} from "@aws-sdk/client-backup";
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  ElastiCacheClient,
} from "@aws-sdk/client-elasticache";
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
  DeleteDBInstanceAutomatedBackupCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { describe, expect, it } from "vitest";
import { withStandin } from "../../../support/index.ts";

const aws = await withStandin();
const { inventory } = aws;
const refusal = (name: string) => ({ name });

describe("S14 stand-in for EC2", () => {
  const client = new EC2Client(aws.client);

  it("shows a network's interfaces, and deletes those that nobody uses", async () => {
    inventory.networkInterfaces = [
      { id: "eni-1", vpcId: "vpc-1", description: "ELB app/a & b", usedBy: {} },
      { id: "eni-2", vpcId: "vpc-1", description: "AWS Lambda VPC ENI-x", interfaceType: "lambda" },
      { id: "eni-3", vpcId: "vpc-2", description: "", usedBy: { instanceId: "i-1" } },
    ];
    const Filters = [{ Name: "vpc-id", Values: ["vpc-1"] }];
    const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }));
    expect(NetworkInterfaces).toMatchObject([
      { NetworkInterfaceId: "eni-1", Status: "in-use", Description: "ELB app/a & b" },
      { NetworkInterfaceId: "eni-2", Status: "available", InterfaceType: "lambda" },
    ]);
    const end = (NetworkInterfaceId: string) =>
      client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
    await expect(end("eni-1")).rejects.toMatchObject(refusal("InvalidParameterValue"));
    await end("eni-2");
    await expect(end("eni-2")).rejects.toMatchObject(refusal("InvalidNetworkInterfaceID.NotFound"));
  });

  it("finds networks and security groups by tag; a group in use is not deleted", async () => {
    inventory.vpcs = [{ id: "vpc-1", tags: { a: "1" } }];
    const group = { vpcId: "vpc-1", tags: { "eks:eks-cluster-name": "c" } };
    inventory.securityGroups = [
      { id: "sg-1", name: "used", ...group },
      { id: "sg-2", name: "free", ...group },
    ];
    inventory.networkInterfaces = [{ id: "eni-1", vpcId: "vpc-1", description: "", groupIds: ["sg-1"] }];
    const vpcs = (value: string) =>
      client.send(new DescribeVpcsCommand({ Filters: [{ Name: "tag:a", Values: [value] }] }));
    expect((await vpcs("1")).Vpcs).toMatchObject([{ VpcId: "vpc-1", Tags: [{ Key: "a", Value: "1" }] }]);
    expect((await vpcs("2")).Vpcs).toEqual([]);
    const Filters = [{ Name: "tag:eks:eks-cluster-name", Values: ["c"] }];
    const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({ Filters }));
    expect(SecurityGroups?.map(({ GroupName }) => GroupName)).toEqual(["used", "free"]);
    const end = (GroupId: string) => client.send(new DeleteSecurityGroupCommand({ GroupId }));
    await expect(end("sg-1")).rejects.toMatchObject(refusal("DependencyViolation"));
    await end("sg-2");
    await expect(end("sg-2")).rejects.toMatchObject(refusal("InvalidGroup.NotFound"));
  });

  it("goes on showing machines and NAT gateways after their end, with their state", async () => {
    inventory.instances = [{ id: "i-1", state: "terminated" }];
    inventory.natGateways = [{ id: "nat-1", state: "deleted" }];
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: ["i-1"] }));
    expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe("terminated");
    const { NatGateways } = await client.send(new DescribeNatGatewaysCommand({ NatGatewayIds: ["nat-1"] }));
    expect(NatGateways?.[0]?.State).toBe("deleted");
    const missing = client.send(new DescribeInstancesCommand({ InstanceIds: ["i-2"] }));
    await expect(missing).rejects.toMatchObject(refusal("InvalidInstanceID.NotFound"));
    const none = client.send(new DescribeNatGatewaysCommand({ NatGatewayIds: ["nat-2"] }));
    await expect(none).rejects.toMatchObject(refusal("NatGatewayNotFound"));
  });
});

describe("S14 stand-in for snapshots", () => {
  const database = new RDSClient(aws.client);
  const cache = new ElastiCacheClient(aws.client);
  const Filters = [{ Name: "db-instance-id", Values: ["db"] }];

  it("lists a database's snapshots by kind and deletes them once", async () => {
    const of = { database: "db", sizeGb: 20 };
    inventory.dbSnapshots = [
      { ...of, name: "by-hand", type: "manual" },
      { ...of, name: "rds:nightly", type: "automated" },
      { ...of, name: "other", type: "manual", database: "db-2" },
    ];
    const { DBSnapshots } = await database.send(
      new DescribeDBSnapshotsCommand({ Filters, SnapshotType: "manual" }),
    );
    expect(DBSnapshots).toMatchObject([{ DBSnapshotIdentifier: "by-hand", AllocatedStorage: 20 }]);
    const end = () => database.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: "by-hand" }));
    await end();
    await expect(end()).rejects.toMatchObject(refusal("DBSnapshotNotFoundFault"));
    const DBSnapshotIdentifier = DBSnapshots?.[0]?.DBSnapshotArn;
    const gone = database.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
    await expect(gone).rejects.toMatchObject(refusal("DBSnapshotNotFoundFault"));
  });

  it("deletes automated backups that outlived their database, and no others", async () => {
    inventory.automatedBackups = [
      { resourceId: "db-A", database: "db", status: "active" },
      { resourceId: "db-B", database: "db", status: "retained" },
    ];
    const describeAll = new DescribeDBInstanceAutomatedBackupsCommand({ Filters });
    const { DBInstanceAutomatedBackups } = await database.send(describeAll);
    expect(DBInstanceAutomatedBackups?.map(({ Status }) => Status)).toEqual(["active", "retained"]);
    const end = (DbiResourceId: string) =>
      database.send(new DeleteDBInstanceAutomatedBackupCommand({ DbiResourceId }));
    await end("db-B");
    await expect(end("db-B")).rejects.toMatchObject(refusal("DBInstanceAutomatedBackupNotFoundFault"));
    await expect(end("db-A")).rejects.toMatchObject(refusal("InvalidDBInstanceAutomatedBackupStateFault"));
  });

  it("tells a cache's own snapshots from those taken by hand", async () => {
    inventory.cacheSnapshots = [
      { name: "by-hand", replicationGroup: "c", source: "manual" },
      { name: "nightly", replicationGroup: "c", source: "automated" },
    ];
    const { Snapshots } = await cache.send(new DescribeSnapshotsCommand({ SnapshotSource: "user" }));
    expect(Snapshots).toMatchObject([{ SnapshotName: "by-hand", ReplicationGroupId: "c" }]);
    const end = () => cache.send(new DeleteSnapshotCommand({ SnapshotName: "by-hand" }));
    await end();
    await expect(end()).rejects.toMatchObject(refusal("SnapshotNotFoundFault"));
  });

  it("lists and deletes what is in a backup vault", async () => {
    const client = new BackupClient(aws.client);
    const point = { arn: "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:1", created: new Date(0) };
    inventory.vaults = [{ name: "vault", recoveryPoints: [point] }];
    const list = (BackupVaultName: string) =>
      client.send(new ListRecoveryPointsByBackupVaultCommand({ BackupVaultName }));
    expect((await list("vault")).RecoveryPoints).toMatchObject([
      { RecoveryPointArn: point.arn, CreationDate: point.created },
    ]);
    const RecoveryPointArn = point.arn;
    const end = () =>
      client.send(new DeleteRecoveryPointCommand({ BackupVaultName: "vault", RecoveryPointArn }));
    await end();
    expect((await list("vault")).RecoveryPoints).toEqual([]);
    await expect(end()).rejects.toMatchObject(refusal("ResourceNotFoundException"));
    await expect(list("none")).rejects.toMatchObject(refusal("ResourceNotFoundException"));
  });

  it("gives a continuous backup back to RDS, which a deletion only announces; a snapshot cannot be given back", async () => {
    const client = new BackupClient(aws.client);
    const [continuous, snapshot] = [
      "backup:us-east-1:1:recovery-point:continuous:db-1",
      "rds:us-east-1:1:snapshot:x",
    ];
    const points = [continuous, snapshot].map((name) => ({ arn: `arn:aws:${name}`, created: new Date(0) }));
    inventory.vaults = [{ name: "vault", recoveryPoints: points }];
    const point = (name: string) => ({ BackupVaultName: "vault", RecoveryPointArn: `arn:aws:${name}` });
    await client.send(new DeleteRecoveryPointCommand(point(continuous)));
    expect(inventory.vaults[0]?.recoveryPoints).toEqual(points);
    await client.send(new DisassociateRecoveryPointCommand(point(continuous)));
    expect(inventory.vaults[0]?.recoveryPoints).toEqual(points.slice(1));
    await expect(client.send(new DisassociateRecoveryPointCommand(point(snapshot)))).rejects.toMatchObject(
      refusal("InvalidRequestException"),
    );
  });
});

describe("S14 stand-in for log groups, tags and keys at their end", () => {
  it("finds log groups by prefix and deletes them once", async () => {
    const client = new CloudWatchLogsClient(aws.client);
    inventory.logGroups = ["/aws/a", "/aws/ab", "/b"].map((name) => ({ name, storedBytes: 7 }));
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/a" }));
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["/aws/a", "/aws/ab"]);
    const end = () => client.send(new DeleteLogGroupCommand({ logGroupName: "/aws/a" }));
    await end();
    await expect(end()).rejects.toMatchObject(refusal("ResourceNotFoundException"));
  });

  it("lists tagged resources page by page, and forgets what is gone only after a while", async () => {
    const client = new ResourceGroupsTaggingAPIClient(aws.client);
    const named = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
    inventory.tagged = [
      ...Array.from({ length: 120 }, (_, index) => ({ arn: named(`q${index}`), tags: { env: "a" } })),
      { arn: named("going"), tags: { env: "a" }, listings: 1 },
      { arn: named("other"), tags: { env: "b" } },
    ];
    const all = async () => {
      const arns: (string | undefined)[] = [];
      const input = { TagFilters: [{ Key: "env", Values: ["a"] }] };
      for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client }, input)) {
        arns.push(...ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN));
      }
      return arns;
    };
    const first = await all();
    expect(first).toHaveLength(121);
    expect(first).toContain(named("going"));
    expect(await all()).toHaveLength(120);
  });

  it("keeps a key that waits for its deletion from being used", async () => {
    const client = new KMSClient(aws.client);
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId;
    const schedule = () => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(await schedule()).toMatchObject({ KeyState: "PendingDeletion", PendingWindowInDays: 7 });
    const { KeyMetadata: pending } = await client.send(new DescribeKeyCommand({ KeyId }));
    expect(pending).toMatchObject({ KeyState: "PendingDeletion", Enabled: false });
    const days = ((pending?.DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(7, 2);
    await expect(schedule()).rejects.toMatchObject(refusal("KMSInvalidStateException"));
    const encrypt = client.send(new EncryptCommand({ KeyId, Plaintext: new Uint8Array([1]) }));
    await expect(encrypt).rejects.toMatchObject(refusal("KMSInvalidStateException"));
  });
});
