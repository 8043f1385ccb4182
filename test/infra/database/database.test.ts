import { describe, expect, it } from "vitest";
import { environments } from "../support/configuration.ts";
import { planOf, statementsOf } from "../support/plan.ts";
import { plansOfAll } from "../support/plans.ts";

const instanceType = "aws:rds/instance:Instance";
const logGroupType = "aws:cloudwatch/logGroup:LogGroup";
const plan = plansOfAll();
const database = (stack: (typeof environments)[number]) => plan(stack).one(instanceType).inputs;

describe.each(environments)("S3 events of %s's database", (stack) => {
  const subscription = (what: string) =>
    plan(stack).one("aws:rds/eventSubscription:EventSubscription", `events-${what}`).inputs;

  it("are told, those of the instance and of the parameters", () => {
    expect(subscription("instance")).toMatchObject({
      sourceType: "db-instance",
      sourceIds: [database(stack).identifier],
      eventCategories: expect.arrayContaining([
        "failure",
        "failover",
        "low storage",
        "maintenance",
        "recovery",
      ]),
    });
    expect(subscription("parameters")).toMatchObject({
      sourceType: "db-parameter-group",
      eventCategories: ["configuration change"],
    });
  });

  it("reach the topic: its policy and its key's let RDS in", () => {
    const topic = plan(stack).one("aws:sns/topic:Topic", "topic-notify");
    expect(subscription("instance").snsTopic).toMatch(new RegExp(`:${topic.inputs.name ?? topic.name}`));
    const publisher = { Service: "events.rds.amazonaws.com" };
    const policy = plan(stack).one("aws:sns/topicPolicy:TopicPolicy", "topic-notify").inputs.policy;
    expect(statementsOf(policy)).toContainEqual(
      expect.objectContaining({
        Principal: publisher,
        Action: "sns:Publish",
        Condition: expect.objectContaining({ StringEquals: { "aws:SourceAccount": "123456789012" } }),
      }),
    );
    const key = plan(stack).one("aws:kms/key:Key", "data-key").inputs.policy;
    expect(JSON.stringify(statementsOf(key))).toContain(publisher.Service);
  });
});

describe.each(environments)("S3 MySQL of %s", (stack) => {
  it("is MySQL 8.4, encrypted with the stack's key, reachable from inside only", () => {
    expect(database(stack)).toMatchObject({
      engine: "mysql",
      engineVersion: "8.4",
      storageType: "gp3",
      storageEncrypted: true,
      publiclyAccessible: false,
      copyTagsToSnapshot: true,
    });
    const key = plan(stack).one("aws:kms/key:Key", "data-key");
    expect(database(stack).kmsKeyId).toMatch(new RegExp(`:key/${key.id}$`));
  });

  it("leaves its master password to RDS, under the secrets' key; none is in the plan", () => {
    expect(database(stack)).toMatchObject({ manageMasterUserPassword: true, username: "bulwark_admin" });
    expect(database(stack).masterUserSecretKmsKeyId).toMatch(
      new RegExp(`:key/${plan(stack).one("aws:kms/key:Key", "secrets-key").id}$`),
    );
    const { password, passwordWo } = database(stack);
    expect([password, passwordWo]).toEqual([undefined, undefined]);
  });

  it("follows the minors of 8.4 in the maintenance window", () => {
    expect(database(stack)).toMatchObject({ autoMinorVersionUpgrade: true, allowMajorVersionUpgrade: false });
  });

  it("says what it does: enhanced monitoring, Database Insights, four logs", () => {
    expect(database(stack)).toMatchObject({
      performanceInsightsEnabled: true,
      enabledCloudwatchLogsExports: ["audit", "error", "iam-db-auth-error", "slowquery"],
    });
    expect(database(stack).monitoringInterval).toBeGreaterThan(0);
    expect(database(stack).monitoringRoleArn).toMatch(/^arn:aws:iam:/);
  });

  it("has its log groups before itself, with our key and an end", () => {
    const instance = plan(stack).one(instanceType);
    const groups = plan(stack)
      .all(logGroupType)
      .filter(({ inputs }) =>
        String(inputs.name).startsWith(`/aws/rds/instance/${instance.inputs.identifier}/`),
      );
    const exported = [instance.inputs.enabledCloudwatchLogsExports].flat().toSorted();
    expect(groups.map(({ inputs }) => String(inputs.name).split("/").at(-1)).toSorted()).toEqual(exported);
    for (const group of groups) {
      expect(group.inputs.kmsKeyId).toMatch(/^arn:aws:kms:/);
      expect(group.inputs.retentionInDays).toBeGreaterThan(0);
      expect(plan(stack).waitsFor(instance, group)).toBe(true);
    }
  });

  it("has the role of enhanced monitoring with its policy before itself", () => {
    const attachment = plan(stack).one(
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "database-monitoring",
    );
    expect(plan(stack).waitsFor(plan(stack).one(instanceType), attachment)).toBe(true);
    const [trust] = statementsOf(
      plan(stack).one("aws:iam/role:Role", "database-monitoring").inputs.assumeRolePolicy,
    );
    expect(trust?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "123456789012" } });
  });

  it("is given up before the subnets it stands in", () => {
    const group = plan(stack).one("aws:rds/subnetGroup:SubnetGroup");
    expect(plan(stack).waitsFor(plan(stack).one(instanceType), group)).toBe(true);
  });
});

describe("S3 parameters", () => {
  const parameters = () => {
    const { parameters: list } = plan("production").one("aws:rds/parameterGroup:ParameterGroup").inputs;
    if (!Array.isArray(list)) throw new Error("no parameters");
    return Object.fromEntries(list.map(({ name, value, applyMethod }) => [name, `${value} ${applyMethod}`]));
  };

  it("demand TLS, row binlogs and durable commits", () => {
    expect(parameters()).toMatchObject({
      require_secure_transport: "1 immediate",
      binlog_format: "ROW immediate",
      sync_binlog: "1 immediate",
      innodb_flush_log_at_trx_commit: "1 immediate",
    });
  });

  it("log statements over a second, and never all of them", () => {
    expect(parameters()).toMatchObject({
      slow_query_log: "1 immediate",
      long_query_time: "1 immediate",
      log_output: "FILE immediate",
      general_log: "0 immediate",
    });
  });

  it("leave the Performance Schema to Database Insights, which turns it on only where none of them names it", () => {
    expect(parameters()).not.toHaveProperty("performance_schema");
    for (const stack of environments) expect(database(stack).performanceInsightsEnabled).toBe(true);
  });

  it("no name is given twice, and the group is for 8.4", () => {
    const { parameters: list, family } = plan("production").one(
      "aws:rds/parameterGroup:ParameterGroup",
    ).inputs;
    expect(family).toBe("mysql8.4");
    expect(Array.isArray(list) && list.length).toBe(Object.keys(parameters()).length);
  });

  it("the audit plugin records connections, schema and privileges", () => {
    expect(plan("production").one("aws:rds/optionGroup:OptionGroup").inputs).toMatchObject({
      majorEngineVersion: "8.4",
      options: [
        {
          optionName: "MARIADB_AUDIT_PLUGIN",
          optionSettings: expect.arrayContaining([
            { name: "SERVER_AUDIT_EVENTS", value: "CONNECT,QUERY_DDL,QUERY_DCL" },
          ]),
        },
      ],
    });
  });
});

describe("S3 what differs between staging and production", { timeout: 60_000 }, () => {
  it("production stands by in another zone, is protected, and leaves a snapshot and the key to read it", () => {
    expect(database("production")).toMatchObject({
      multiAz: true,
      deletionProtection: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: expect.stringMatching(/^bulwark-production-database-final-[0-9a-f]+$/),
      deleteAutomatedBackups: false,
      backupRetentionPeriod: 35,
      databaseInsightsMode: "advanced",
      performanceInsightsRetentionPeriod: 465,
    });
    expect(plan("production").one("aws:kms/key:Key", "data-key").retainOnDelete).toBe(true);
    expect(plan("production").one("aws:rds/optionGroup:OptionGroup").inputs.skipDestroy).toBe(true);
  });

  it("staging can be torn down with nothing left over", () => {
    expect(database("staging")).toMatchObject({
      multiAz: false,
      deletionProtection: false,
      skipFinalSnapshot: true,
      deleteAutomatedBackups: true,
      backupRetentionPeriod: 7,
      databaseInsightsMode: "standard",
      performanceInsightsRetentionPeriod: 7,
    });
    expect(plan("staging").one("aws:kms/key:Key", "data-key").retainOnDelete).toBe(false);
    expect(plan("staging").one("aws:rds/optionGroup:OptionGroup").inputs.skipDestroy).toBe(false);
  });

  it("storage grows by itself up to its ceiling", () => {
    expect(database("production")).toMatchObject({ allocatedStorage: 100, maxAllocatedStorage: 1000 });
  });

  it("a full version stays until the configuration changes it", async () => {
    const pinned = await planOf("staging", { "bulwark:database.engineVersion": "8.4.8" });
    expect(pinned.one(instanceType).inputs).toMatchObject({
      engineVersion: "8.4.8",
      autoMinorVersionUpgrade: false,
    });
  });
});
