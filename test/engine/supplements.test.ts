import { afterAll, describe, expect, it } from "vitest";
import { startProxy } from "./support/proxy.ts";
import { Questions } from "./support/questions.ts";
import { addOns } from "./support/supplements/add-ons.ts";
import { alarms } from "./support/supplements/alarms.ts";
import { accessEntries, clusters } from "./support/supplements/clusters.ts";
import { databaseInstances } from "./support/supplements/database.ts";
import { eventSubscriptions } from "./support/supplements/event-subscriptions.ts";
import { networkAcls } from "./support/supplements/network-acls.ts";
import { optionGroups } from "./support/supplements/option-groups.ts";
import { restoreTesting } from "./support/supplements/restore-testing.ts";
import { webAclLogging } from "./support/supplements/web-acl-logging.ts";
import { startUpstream } from "./support/upstream.ts";
import { elementsIn, textIn } from "./support/xml.ts";

const acls = ["acl-default", "acl-own"].map(
  (id) =>
    `<item><networkAclId>${id}</networkAclId><vpcId>vpc-1</vpcId><default>${id === "acl-default"}</default><associationSet/></item>`,
);
const cluster = { name: "one", resourcesVpcConfig: { clusterSecurityGroupId: "sg-unknown" } };
const emulator = await startUpstream({
  "ec2 DescribeNetworkAcls": () => `<Response><networkAclSet>${acls.join("")}</networkAclSet></Response>`,
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

  it("S3 event subscriptions come, are found and go", async () => {
    const named = { SubscriptionName: "events" };
    const made = {
      "EventCategories.EventCategory.1": "failure",
      SnsTopicArn: "arn:topic",
      SourceType: "db-instance",
    };
    await rds({ Action: "CreateEventSubscription", ...named, ...made });
    const answer = await rds({ Action: "DescribeEventSubscriptions", ...named });
    expect(textIn(answer, "EventCategory")).toBe("failure");
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
    await aws.rest("backup", "PUT", plans, { RestoreTestingPlan: { RestoreTestingPlanName: "monthly" } });
    await aws.rest("backup", "PUT", `${plans}/monthly/selections`, {
      RestoreTestingSelection: { RestoreTestingSelectionName: "databases", ProtectedResourceType: "RDS" },
    });
    expect(await aws.rest("backup", "GET", `${plans}/monthly/selections/databases`)).toMatchObject({
      RestoreTestingSelection: { ProtectedResourceType: "RDS", RestoreTestingPlanName: "monthly" },
    });
    await aws.rest("backup", "DELETE", `${plans}/monthly`);
    await expect(aws.rest("backup", "GET", `${plans}/monthly`)).rejects.toThrow(/ResourceNotFoundException/);
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
