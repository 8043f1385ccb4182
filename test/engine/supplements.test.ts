import { afterAll, describe, expect, it } from "vitest";
import { accountId } from "./support/account.ts";
import { startProxy } from "./support/proxy.ts";
import { Questions } from "./support/questions.ts";
import { addOns } from "./support/supplements/add-ons.ts";
import { alarms } from "./support/supplements/alarms.ts";
import { cacheParameters, replicationGroups } from "./support/supplements/cache.ts";
import { accessEntries, clusters } from "./support/supplements/clusters.ts";
import { databaseInstances } from "./support/supplements/database.ts";
import { eventSubscriptions } from "./support/supplements/event-subscriptions.ts";
import { flowLogs, zones } from "./support/supplements/network.ts";
import { networkAcls } from "./support/supplements/network-acls.ts";
import { optionGroups } from "./support/supplements/option-groups.ts";
import { restoreTesting } from "./support/supplements/restore-testing.ts";
import { vaultLocks } from "./support/supplements/vault-locks.ts";
import { webAclLogging } from "./support/supplements/web-acl-logging.ts";
import { startUpstream } from "./support/upstream.ts";
import { elementsIn, textIn } from "./support/xml.ts";

const acls = ["acl-default", "acl-own"].map(
  (id) =>
    `<item><networkAclId>${id}</networkAclId><vpcId>vpc-1</vpcId><default>${id === "acl-default"}</default><entrySet><item><ruleNumber>100</ruleNumber><egress>false</egress></item><item><ruleNumber>110</ruleNumber><egress>false</egress></item></entrySet><associationSet/></item>`,
);
const cluster = { name: "one", resourcesVpcConfig: { clusterSecurityGroupId: "sg-unknown" } };
const emulator = await startUpstream({
  "ec2 DescribeNetworkAcls": () => `<Response><networkAclSet>${acls.join("")}</networkAclSet></Response>`,
  "ec2 CreateNetworkAclEntry": () => "<Response/>",
  "ec2 CreateFlowLogs": () => "<Response><flowLogIdSet><item>fl-1</item></flowLogIdSet></Response>",
  "ec2 DescribeAvailabilityZones": () =>
    `<Response><availabilityZoneInfo>${["a", "b", "c"].map((zone, index) => `<item><zoneName>us-east-1${zone}</zoneName><zoneId>use1-az${index + 1}</zoneId></item>`).join("")}</availabilityZoneInfo></Response>`,
  "ec2 CreateSubnet": () => "<Response><subnet/></Response>",
  "elasticache CreateReplicationGroup": () =>
    "<Response><ReplicationGroup><ReplicationGroupId>cache</ReplicationGroupId></ReplicationGroup></Response>",
  "elasticache DescribeCacheClusters": () =>
    "<Response><CacheClusters><CacheCluster><CacheClusterId>cache-001</CacheClusterId><ReplicationGroupId>cache</ReplicationGroupId></CacheCluster></CacheClusters></Response>",
  "elasticache DescribeCacheParameters": () =>
    "<Response><Parameters><Parameter><ParameterName>set</ParameterName><Source>user</Source></Parameter><Parameter><ParameterName>unset</ParameterName><Source>system</Source></Parameter></Parameters></Response>",
  "rds DescribeDBInstances": () =>
    "<Response><DBInstances><DBInstance><DBInstanceIdentifier>db</DBInstanceIdentifier><DbiResourceId>db-1</DbiResourceId></DBInstance><DBInstance><DBInstanceIdentifier>other</DBInstanceIdentifier><DbiResourceId>db-2</DbiResourceId></DBInstance></DBInstances></Response>",
  "backup GET /backup-vaults/nightly": () => ({ BackupVaultName: "nightly" }),
  "ec2 DescribeSubnets": () =>
    "<Response><subnetId>subnet-1</subnetId><subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId></Response>",
  "ec2 CreateSecurityGroup": () => "<Response><groupId>sg-cluster</groupId></Response>",
  "rds DescribeOptionGroups": () =>
    "<DescribeOptionGroupsResponse><OptionGroupsList><OptionGroup><OptionGroupName>audit</OptionGroupName><Options/></OptionGroup></OptionGroupsList></DescribeOptionGroupsResponse>",
  "rds CreateDBInstance": () =>
    "<Response><DBInstance><DBInstanceIdentifier>db</DBInstanceIdentifier><DbiResourceId>db-1</DbiResourceId></DBInstance></Response>",
  "monitoring PutMetricAlarm": () => "<Response/>",
  "monitoring DescribeAlarms": () =>
    "<Response><MetricAlarms><member><AlarmName>disk</AlarmName><AlarmArn>arn:disk</AlarmArn></member></MetricAlarms></Response>",
  "eks POST /clusters": () => ({ cluster }),
  "eks GET /clusters/one": () => ({ cluster }),
  "eks POST /clusters/one/access-entries": () => ({
    accessEntry: { principalArn: "arn:node", type: "STANDARD" },
  }),
  "eks POST /clusters/one/addons": () => ({ addon: { addonName: "logs", podIdentityAssociations: [{}] } }),
  "eks POST /clusters/one/pod-identity-associations": () => ({
    association: { associationArn: "arn:association", associationId: "a-1" },
  }),
});
const proxy = await startProxy({
  emulatorUrl: emulator.url,
  standinUrl: emulator.url,
  supplements: [
    networkAcls(),
    optionGroups(),
    eventSubscriptions(),
    databaseInstances({ host: "localhost", port: 33306, masterSecret: (id) => `arn:secret:${id}` }),
    alarms(),
    webAclLogging(),
    restoreTesting(),
    vaultLocks(),
    flowLogs(),
    zones(),
    replicationGroups({ host: "localhost", port: 6379 }),
    cacheParameters(),
    addOns(),
    clusters(),
    accessEntries(),
  ],
});
afterAll(() => proxy.stop());
const aws = new Questions(proxy.url);
const ec2 = (parameters: Record<string, string>) => aws.query("ec2", "2016-11-15", parameters);
const rds = (parameters: Record<string, string>) => aws.query("rds", "2014-10-31", parameters);

describe("S14 what the engine test supplies beside the emulator", () => {
  it("S2 a subnet has one network ACL: its VPC's default, until it is given another", async () => {
    const aclsOf = async (subnet: string) => {
      const filter = { "Filter.1.Name": "association.subnet-id", "Filter.1.Value.1": subnet };
      const answer = await ec2({ Action: "DescribeNetworkAcls", ...filter });
      return elementsIn(elementsIn(answer, "networkAclSet")[0] ?? "", "item");
    };
    const [first, ...others] = await aclsOf("subnet-1");
    expect(others).toEqual([]);
    expect(textIn(first ?? "", "networkAclId")).toBe("acl-default");
    await ec2({
      Action: "ReplaceNetworkAclAssociation",
      AssociationId: "aclassoc-default-subnet-1",
      NetworkAclId: "acl-own",
    });
    expect((await aclsOf("subnet-1")).map((acl) => textIn(acl, "networkAclId"))).toEqual(["acl-own"]);
    expect((await aclsOf("subnet-2")).map((acl) => textIn(acl, "networkAclId"))).toEqual(["acl-default"]);
  });

  it("S2 an entry of a network ACL keeps its ports and ICMP types", async () => {
    const entry = { Action: "CreateNetworkAclEntry", NetworkAclId: "acl-own", Egress: "false" };
    await ec2({ ...entry, RuleNumber: "100", "PortRange.From": "443", "PortRange.To": "444" });
    await ec2({ ...entry, RuleNumber: "110", "Icmp.Type": "3", "Icmp.Code": "-1" });
    const answer = await ec2({ Action: "DescribeNetworkAcls" });
    const own = elementsIn(answer, "entrySet")[1] ?? "";
    expect(elementsIn(own, "portRange")).toEqual(["<from>443</from><to>444</to>"]);
    expect(elementsIn(own, "icmpTypeCode")).toEqual(["<type>3</type><code>-1</code>"]);
  });

  it("S2 a flow log's tags reach the emulator by the name that it knows", async () => {
    const tag = { "TagSpecification.1.ResourceType": "vpc-flow-log", "TagSpecification.1.Tag.1.Key": "team" };
    await ec2({ Action: "CreateFlowLogs", ...tag });
    expect(emulator.calls.at(-1)?.form.get("TagSpecification.1.ResourceType")).toBe("flow-log");
  });

  it("S2 the region has a fourth zone, and the third is one without EKS", async () => {
    const answer = await ec2({ Action: "DescribeAvailabilityZones" });
    const [names, ids] = ["zoneName", "zoneId"].map((name) => elementsIn(answer, name));
    expect(names).toEqual(["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]);
    expect(ids).toEqual(["use1-az1", "use1-az2", "use1-az3", "use1-az4"]);
    await ec2({ Action: "CreateSubnet", AvailabilityZoneId: "use1-az4" });
    expect(emulator.calls.at(-1)?.form.get("AvailabilityZone")).toBe("us-east-1d");
  });

  it("S3 an option group has the options that were put into it", async () => {
    await rds({
      Action: "ModifyOptionGroup",
      OptionGroupName: "audit",
      "OptionsToInclude.OptionConfiguration.1.OptionName": "MARIADB_AUDIT_PLUGIN",
      "OptionsToInclude.OptionConfiguration.1.OptionSettings.OptionSetting.1.Name": "SERVER_AUDIT_EVENTS",
      "OptionsToInclude.OptionConfiguration.1.OptionSettings.OptionSetting.1.Value": "CONNECT,QUERY_DDL",
    });
    const answer = await rds({ Action: "DescribeOptionGroups", OptionGroupName: "audit" });
    expect(textIn(answer, "OptionName")).toBe("MARIADB_AUDIT_PLUGIN");
    expect(answer).toContain("<Name>SERVER_AUDIT_EVENTS</Name><Value>CONNECT,QUERY_DDL</Value>");
  });

  it("S3 an instance is at the real server's address, with its logs and its master user's secret", async () => {
    const answer = await rds({
      Action: "CreateDBInstance",
      DBInstanceIdentifier: "db",
      ManageMasterUserPassword: "true",
      DatabaseInsightsMode: "standard",
      "EnableCloudwatchLogsExports.member.1": "slowquery",
    });
    expect(answer).toContain("<Address>localhost</Address><Port>33306</Port>");
    expect(textIn(answer, "SecretArn")).toBe("arn:secret:db-1");
    expect(textIn(answer, "EnabledCloudwatchLogsExports")).toBe("<member>slowquery</member>");
    expect(textIn(answer, "DatabaseInsightsMode")).toBe("standard");
  });

  it("S3 an instance is found by its resource id, and a deleted one has left no backups", async () => {
    const filter = { "Filters.Filter.1.Name": "dbi-resource-id", "Filters.Filter.1.Values.Value.1": "db-2" };
    const answer = await rds({ Action: "DescribeDBInstances", ...filter });
    expect(elementsIn(answer, "DBInstanceIdentifier")).toEqual(["other"]);
    const backups = await rds({ Action: "DescribeDBInstanceAutomatedBackups" });
    expect(textIn(backups, "DBInstanceAutomatedBackups")).toBe("");
  });

  it("S5 a cache's nodes follow minor versions as their group does; asked for what somebody set, only that is told", async () => {
    const cache = (parameters: Record<string, string>) => aws.query("elasticache", "2015-02-02", parameters);
    const group = { ReplicationGroupId: "cache", AutoMinorVersionUpgrade: "true" };
    await cache({ Action: "CreateReplicationGroup", ...group });
    const nodes = await cache({ Action: "DescribeCacheClusters" });
    expect(textIn(nodes, "AutoMinorVersionUpgrade")).toBe("true");
    const parameters = await cache({ Action: "DescribeCacheParameters", Source: "user" });
    expect(elementsIn(parameters, "ParameterName")).toEqual(["set"]);
  });

  it("S3 event subscriptions come, are found and go", async () => {
    const named = { SubscriptionName: "events" };
    const made = {
      "EventCategories.EventCategory.1": "failure",
      SnsTopicArn: "arn:topic",
      SourceType: "db-instance",
      "Tags.Tag.1.Key": "team",
      "Tags.Tag.1.Value": "platform",
    };
    await rds({ Action: "CreateEventSubscription", ...named, ...made });
    const answer = await rds({ Action: "DescribeEventSubscriptions", ...named });
    expect(textIn(answer, "EventCategory")).toBe("failure");
    const tagged = { ResourceName: `arn:aws:rds:us-east-1:${accountId}:es:events` };
    const tags = async () => elementsIn(await rds({ Action: "ListTagsForResource", ...tagged }), "Key");
    expect(await tags()).toEqual(["team"]);
    await rds({ Action: "RemoveTagsFromResource", ...tagged, "TagKeys.member.1": "team" });
    expect(await tags()).toEqual([]);
    await rds({ Action: "DeleteEventSubscription", ...named });
    await expect(rds({ Action: "DescribeEventSubscriptions", ...named })).rejects.toThrow(
      /SubscriptionNotFound/,
    );
  });

  it("S11 an alarm is described as it was made", async () => {
    const version = "2010-08-01";
    await aws.query("monitoring", version, {
      Action: "PutMetricAlarm",
      AlarmName: "disk",
      Period: "300",
      "AlarmActions.member.1": "arn:topic",
      "Dimensions.member.1.Name": "DBInstanceIdentifier",
      "Dimensions.member.1.Value": "db",
    });
    const answer = await aws.query("monitoring", version, { Action: "DescribeAlarms" });
    expect(textIn(answer, "AlarmActions")).toBe("<member>arn:topic</member>");
    expect(textIn(answer, "Dimensions")).toBe(
      "<member><Name>DBInstanceIdentifier</Name><Value>db</Value></member>",
    );
    expect([textIn(answer, "Period"), textIn(answer, "AlarmArn")]).toEqual(["300", "arn:disk"]);
  });

  it("S10 a web ACL has a log", async () => {
    const target = (action: string) => `AWSWAF_20190729.${action}LoggingConfiguration`;
    const LoggingConfiguration = { ResourceArn: "arn:acl", LogDestinationConfigs: ["arn:logs"] };
    await aws.json("wafv2", target("Put"), { LoggingConfiguration });
    const named = { ResourceArn: "arn:acl" };
    expect(await aws.json("wafv2", target("Get"), named)).toEqual({ LoggingConfiguration });
    await aws.json("wafv2", target("Delete"), named);
    await expect(aws.json("wafv2", target("Get"), named)).rejects.toThrow(/WAFNonexistentItemException/);
  });

  it("S4 restore tests have plans with selections", async () => {
    const plans = "/restore-testing/plans";
    await aws.rest("backup", "PUT", plans, {
      RestoreTestingPlan: { RestoreTestingPlanName: "monthly" },
      Tags: { team: "platform" },
    });
    await aws.rest("backup", "PUT", `${plans}/monthly/selections`, {
      RestoreTestingSelection: { RestoreTestingSelectionName: "databases", ProtectedResourceType: "RDS" },
    });
    expect(await aws.rest("backup", "GET", `${plans}/monthly/selections/databases`)).toMatchObject({
      RestoreTestingSelection: { ProtectedResourceType: "RDS", RestoreTestingPlanName: "monthly" },
    });
    const tags = `/tags/arn%3Aaws%3Abackup%3Aus-east-1%3A${accountId}%3Arestore-testing-plan%3Amonthly`;
    expect(await aws.rest("backup", "GET", tags)).toEqual({ Tags: { team: "platform" } });
    await aws.rest("backup", "DELETE", `${plans}/monthly`);
    await expect(aws.rest("backup", "GET", `${plans}/monthly`)).rejects.toThrow(/ResourceNotFoundException/);
  });

  it("S4 a vault is locked until its lock is taken away", async () => {
    const vault = "/backup-vaults/nightly";
    await aws.rest("backup", "PUT", `${vault}/vault-lock`, { MinRetentionDays: 7 });
    const locked = { BackupVaultName: "nightly", Locked: true, MinRetentionDays: 7 };
    expect(await aws.rest("backup", "GET", vault)).toEqual(locked);
    await aws.rest("backup", "DELETE", `${vault}/vault-lock`);
    expect(await aws.rest("backup", "GET", vault)).toEqual({ BackupVaultName: "nightly", Locked: false });
  });

  it("S8 a cluster is Auto Mode's, with a security group that exists, nodes' entries and roles of add-ons", async () => {
    const computeConfig = { enabled: true };
    const made = { name: "one", resourcesVpcConfig: { subnetIds: ["subnet-1"] }, computeConfig };
    await aws.rest("eks", "POST", "/clusters", made);
    expect(await aws.rest("eks", "GET", "/clusters/one")).toMatchObject({
      cluster: { computeConfig, resourcesVpcConfig: { clusterSecurityGroupId: "sg-cluster" } },
    });
    const entry = { principalArn: "arn:node", type: "EC2" };
    const admitted = await aws.rest("eks", "POST", "/clusters/one/access-entries", entry);
    expect(admitted).toEqual({ accessEntry: entry });
    const podIdentityAssociations = [{ serviceAccount: "agent", roleArn: "arn:role" }];
    const addOn = { addonName: "logs", podIdentityAssociations };
    expect(await aws.rest("eks", "POST", "/clusters/one/addons", addOn)).toMatchObject({
      addon: { podIdentityAssociations: ["arn:association"] },
    });
  });
});
