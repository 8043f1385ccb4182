import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { logEvents } from "../../../app/contract/log-events.ts";
import { estimate } from "../../../infra/cost/index.ts";
import { evaluate, isBlocking } from "../../../infra/policies/evaluate.ts";
import { services } from "../../engine/support/provider-config.ts";
import { at, type Plan, planning, planOf, statementsOf } from "../support/plan.ts";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const compositeType = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const root = fileURLToPath(new URL("../../..", import.meta.url));

const withTrail = { "bulwark:audit.trail": true };

beforeAll(() => Promise.all([planOf("production"), planOf("production", withTrail)]), planning);

const alarm = (plan: Plan, suffix: string) => {
  const [found, another] = plan.all(alarmType).filter(({ name }) => name.endsWith(suffix));
  if (found === undefined || another !== undefined) throw new Error(`not one alarm …${suffix}`);
  return found.inputs;
};
const topic = (audience: string) => [
  expect.stringMatching(new RegExp(`:bulwark-production-topic-${audience}`)),
];

describe("S11 the alarms", () => {
  it("S11 pages when more than 5 % of requests end in a server error, an outage without targets included", async () => {
    const inputs = alarm(await planOf("production"), "-server-errors");
    expect(inputs).toMatchObject({
      comparisonOperator: "GreaterThanThreshold",
      threshold: 5,
      treatMissingData: "notBreaching",
    });
    const outage = (await planOf("production")).all(compositeType)[0]?.inputs;
    expect(outage).toMatchObject({ alarmActions: topic("page"), okActions: topic("page") });
    expect(outage?.alarmRule).toContain('ALARM("bulwark-production-alarm-http-server-errors")');
    expect(at(inputs, "metricQueries.0")).toMatchObject({
      returnData: true,
      expression: "100 * (FILL(target, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))",
    });
    const counts = [1, 2, 3].map((index) => at(inputs, `metricQueries.${index}`));
    const dimensions = { LoadBalancer: expect.stringMatching(/^app\/.+\/\w+$/) };
    expect(counts).toEqual(
      [
        ["target", "HTTPCode_Target_5XX_Count"],
        ["balancer", "HTTPCode_ELB_5XX_Count"],
        ["requests", "RequestCount"],
      ].map(([id, metricName]) => ({
        id,
        metric: { namespace: "AWS/ApplicationELB", metricName, dimensions, period: 60, stat: "Sum" },
      })),
    );
  });

  it("S11 pages when less than a tenth of the disk stays free although RDS was to make it larger", async () => {
    const plan = await planOf("production");
    const { identifier } = plan.one("aws:rds/instance:Instance").inputs;
    expect(alarm(plan, `-disk-${identifier}`)).toMatchObject({
      metricName: "FreeStorageSpace",
      dimensions: { DBInstanceIdentifier: identifier },
      statistic: "Minimum",
      comparisonOperator: "LessThanThreshold",
      threshold: 100 * 2 ** 30 * 0.1,
      period: 300,
      evaluationPeriods: 6,
      alarmActions: topic("page"),
    });
  });

  it("S11 pages at once when less than a twentieth of the disk is free; of an instance that is gone the API tells", async () => {
    const plan = await planOf("production");
    expect(alarm(plan, "-database-away")).toMatchObject({ alarmActions: topic("page") });
    expect(alarm(plan, "-disk-nearly-full")).toMatchObject({
      metricName: "FreeStorageSpace",
      threshold: 100 * 2 ** 30 * 0.05,
      evaluationPeriods: 1,
      treatMissingData: "ignore",
      alarmActions: topic("page"),
    });
  });

  it("S11 pages when RDS says that the disk is full or cannot grow, above its ceiling included", async () => {
    const plan = await planOf("production");
    const rule = plan.one("aws:cloudwatch/eventRule:EventRule", "database-events-disk").inputs;
    expect(JSON.parse(String(rule.eventPattern))).toEqual({
      source: ["aws.rds"],
      "detail-type": ["RDS DB Instance Event"],
      detail: {
        SourceArn: ["arn:aws:rds:us-east-1:123456789012:db:bulwark-production-database"],
        EventID: ["0007", "0221", "0222", "0223", "0224", "0254"].map((number) => `RDS-EVENT-${number}`),
      },
    });
    const target = plan.one("aws:cloudwatch/eventTarget:EventTarget", "database-events-disk").inputs;
    expect([target.arn]).toEqual(topic("page"));
    expect(at(target, "inputTransformer.inputTemplate")).toContain("docs/runbooks/disk-full.md");
  });

  it("S11 notifies of statements that take longer than a second", async () => {
    const plan = await planOf("production");
    const filter = plan.one("aws:cloudwatch/logMetricFilter:LogMetricFilter", "slow-queries").inputs;
    expect(filter.logGroupName).toMatch(/\/aws\/rds\/instance\/.+\/slowquery$/);
    // AWS refuses a filter on a log group that is not there yet.
    for (const made of plan.all("aws:cloudwatch/logMetricFilter:LogMetricFilter")) {
      const group = plan
        .all("aws:cloudwatch/logGroup:LogGroup")
        .find(({ inputs }) => inputs.name === made.inputs.logGroupName);
      expect(group && plan.waitsFor(made, group), made.name).toBe(true);
    }
    expect(alarm(plan, "-slow-queries")).toMatchObject({
      namespace: at(filter, "metricTransformation.namespace"),
      metricName: at(filter, "metricTransformation.name"),
      threshold: 0,
      alarmActions: topic("notify"),
    });
  });

  it("S11 tells security of more than 10 failed sign-ins a minute", async () => {
    const plan = await planOf("production");
    const filter = plan.one("aws:cloudwatch/logMetricFilter:LogMetricFilter", "failed-logins").inputs;
    expect(filter.pattern).toBe(
      `{ ($.kubernetes.namespace_name = "bulwark") && ($.log_processed.type = "${logEvents.loginFailed.type}") && ($.log_processed.event = "${logEvents.loginFailed.event}") }`,
    );
    expect(alarm(plan, "-failed-logins")).toMatchObject({
      metricName: at(filter, "metricTransformation.name"),
      namespace: at(filter, "metricTransformation.namespace"),
      statistic: "Sum",
      period: 60,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 10,
      alarmActions: topic("security"),
    });
  });

  it("S11 watches every function that makes or rotates secrets, and what they gave up on", async () => {
    const plan = await planOf("production");
    const watched = plan
      .all(alarmType)
      .filter(({ inputs }) => inputs.namespace === "AWS/Lambda")
      .map(({ inputs }) => at(inputs, "dimensions.FunctionName"));
    const functions = plan.all("aws:lambda/function:Function").map(({ inputs }) => inputs.name);
    expect(functions.length).toBeGreaterThan(3);
    expect(watched.sort()).toEqual(functions.sort());
    expect(alarm(plan, "-dead-letters-1").metricName).toBe("ApproximateNumberOfMessagesVisible");
  });

  it("S11 R9 tells of every rotation that Secrets Manager itself reports as failed, in words", async () => {
    const plan = await planOf("production");
    const rule = plan.one("aws:cloudwatch/eventRule:EventRule", "rotation-events").inputs;
    const pattern: unknown = JSON.parse(String(rule.eventPattern));
    expect(pattern).toEqual({
      source: ["aws.secretsmanager"],
      "detail-type": ["AWS Service Event via CloudTrail"],
      detail: {
        eventSource: ["secretsmanager.amazonaws.com"],
        eventName: ["RotationFailed", "TestRotationFailed", "RotationAbandoned"],
        additionalEventData: { SecretId: expect.any(Array) },
      },
    });
    const named = z.array(z.string()).parse(at(pattern, "detail.additionalEventData.SecretId"));
    const rotated = plan
      .all("aws:secretsmanager/secretRotation:SecretRotation")
      .map(({ inputs }) => String(inputs.secretId));
    expect(named.toSorted()).toEqual(rotated.toSorted());
    // EventBridge takes no longer pattern.
    expect(String(rule.eventPattern).length).toBeLessThan(2_048);
    const target = plan.one("aws:cloudwatch/eventTarget:EventTarget", "rotation-events").inputs;
    expect([target.arn]).toEqual(topic("notify"));
    const text = String(at(target, "inputTransformer.inputTemplate"));
    const paths = Object.keys(
      z.record(z.string(), z.string()).parse(at(target, "inputTransformer.inputPaths")),
    );
    expect([...text.matchAll(/<(\w+)>/g)].map(([, name]) => name).toSorted()).toEqual(paths.toSorted());
    expect(text).toContain("docs/runbooks/rotation-failed.md");
  });

  it("S11 R9 makes a trail that feeds the notice of failed rotations, where audit.trail asks for one", async () => {
    expect((await planOf("production")).all("aws:cloudtrail/trail:Trail")).toEqual([]);
    const plan = await planOf("production", withTrail);
    const trail = plan.one("aws:cloudtrail/trail:Trail");
    expect(trail.inputs).toMatchObject({
      name: "bulwark-production-trail",
      s3BucketName: expect.stringMatching(/^bulwark-production-trail-logs/),
      kmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
      isMultiRegionTrail: false,
      enableLogFileValidation: true,
      eventSelectors: [{ readWriteType: "All", includeManagementEvents: true }],
    });
    expect(trail.inputs.enableLogging).not.toBe(false);
    expect(plan.waitsFor(trail, plan.one("aws:s3/bucketPolicy:BucketPolicy", "trail-logs"))).toBe(true);
    expect(plan.waitsFor(trail, plan.one("aws:kms/key:Key", "data-key"))).toBe(true);
  });

  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
  it("S11 lets this trail alone write to its bucket and encrypt with the key, and keeps its files for a year", async () => {
    const plan = await planOf("production", withTrail);
    const arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/bulwark-production-trail";
    const Principal = { Service: "cloudtrail.amazonaws.com" };
    const bucket = statementsOf(plan.one("aws:s3/bucketPolicy:BucketPolicy", "trail-logs").inputs.policy);
    expect(bucket).toMatchObject([
      { Principal, Action: "s3:GetBucketAcl", Condition: { StringEquals: { "aws:SourceArn": arn } } },
      {
        Principal,
        Action: "s3:PutObject",
        Resource: expect.stringMatching(/\/AWSLogs\/123456789012\/\*$/),
        Condition: {
          StringEquals: { "aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control" },
        },
      },
      { Sid: "TlsOnly", Effect: "Deny", Principal: "*" },
    ]);
    const key = statementsOf(plan.one("aws:kms/key:Key", "data-key").inputs.policy);
    expect(key.filter((statement) => JSON.stringify(statement).includes("cloudtrail"))).toMatchObject([
      {
        Principal,
        Action: "kms:GenerateDataKey*",
        Condition: {
          StringEquals: { "aws:SourceArn": arn, "kms:EncryptionContext:aws:cloudtrail:arn": arn },
        },
      },
      { Principal, Action: "kms:DescribeKey", Condition: { StringEquals: { "aws:SourceArn": arn } } },
    ]);
    const lifecycle = plan.one(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "trail-logs",
    );
    expect(at(lifecycle.inputs, "rules.0.expiration.days")).toBe(365);
    expect(plan.one("aws:s3/bucket:Bucket", "trail-logs").inputs.forceDestroy).toBe(false);
  });

  it("S11 S12 breaks no guardrail with the trail, prices it, and sends its requests where the engine test says", async () => {
    const { resources, stack } = (await planOf("production", withTrail)).run;
    const findings = evaluate(resources, { stack, today: "2026-11-21" });
    expect(findings.filter((finding) => isBlocking(finding) || finding.status === "notice")).toEqual([]);
    expect(findings.map(({ rule }) => rule)).not.toContain("event-rule-fed");
    const { unknownTypes, unpriced, assumptions } = estimate(resources);
    expect([unknownTypes, unpriced]).toEqual([[], []]);
    expect(assumptions.map(({ id }) => id)).toContain("trailGb");
    expect(services).toContain("cloudtrail");
  });

  it.each([
    ["overdue", "SecretsOverdue"],
    ["unused", "SecretsUnused"],
  ])(
    "S11 R9 tells of a secret that is %s, and of an audit that does not run",
    async (trouble, metricName) => {
      const plan = await planOf("production");
      expect(alarm(plan, `-secrets-${trouble}`)).toMatchObject({
        namespace: "Bulwark/production",
        metricName,
        statistic: "Maximum",
        period: 43_200,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: 1,
        treatMissingData: "breaching",
        alarmActions: topic("notify"),
      });
      const audit = plan.one("aws:lambda/function:Function", "secrets-audit");
      expect(at(audit.inputs, "environment.variables.METRIC_NAMESPACE")).toBe("Bulwark/production");
      const first = plan.one("aws:lambda/invocation:Invocation", "secrets-audit");
      expect(plan.waitsFor(plan.one(alarmType, `-secrets-${trouble}`), first)).toBe(true);
    },
  );

  it("O1 names in every alarm and every notice of an event a runbook that exists", async () => {
    const plan = await planOf("production");
    const alarms = plan.all(alarmType);
    const notices = plan
      .all("aws:cloudwatch/eventRule:EventRule")
      .filter(({ inputs }) => inputs.eventPattern !== undefined);
    expect(alarms.length).toBeGreaterThan(8);
    expect(notices.length).toBeGreaterThan(4);
    for (const { name, inputs } of [...alarms, ...notices]) {
      const text = String(inputs.alarmDescription ?? inputs.description);
      const [runbook] = /docs\/runbooks\/[\w-]+\.md/.exec(text) ?? [];
      expect(runbook && existsSync(`${root}${runbook}`), `runbook of ${name}: ${runbook}`).toBe(true);
    }
  });
});

/** AWS services that a policy lets in to publish, each with the sources that it may act for. */
const publishersOf = (policy: unknown) =>
  statementsOf(policy)
    .filter(
      (statement) => JSON.stringify(statement).includes(".amazonaws.com") && statement.Effect === "Allow",
    )
    .map(({ Principal, Condition }) => [
      at(Principal, "Service"),
      Condition?.StringEquals,
      at(Condition?.ArnLike, "aws:SourceArn"),
    ]);
const ownAccount = { "aws:SourceAccount": "123456789012" };
const publishers = [
  ["cloudwatch.amazonaws.com", ownAccount, "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*"],
  ["events.rds.amazonaws.com", ownAccount, "arn:aws:rds:us-east-1:123456789012:*"],
  ["budgets.amazonaws.com", ownAccount, "arn:aws:budgets::123456789012:*"],
];

describe("S11 the topics", () => {
  it("S11 are encrypted with our key, speak TLS only, and take alarms of this account alone", async () => {
    const plan = await planOf("production");
    const topics = plan.all("aws:sns/topic:Topic", "-topic-");
    expect(topics).toHaveLength(3);
    for (const { inputs } of topics) expect(inputs.kmsMasterKeyId).toMatch(/^arn:aws:kms:/);
    for (const { inputs } of plan.all("aws:sns/topicPolicy:TopicPolicy", "-topic-")) {
      const statements = statementsOf(inputs.policy);
      const tls = statements.find(({ Sid }) => Sid === "TlsOnly");
      expect(publishersOf(inputs.policy)).toEqual(publishers);
      expect(tls).toMatchObject({
        Effect: "Deny",
        Principal: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      });
    }
  });

  it("S11 are opened by their key to the same publishers, for this account alone", async () => {
    const key = (await planOf("production")).one("aws:kms/key:Key", "data-key").inputs;
    const [logs, ...others] = publishersOf(key.policy);
    expect(others).toEqual(publishers);
    expect(logs?.[0]).toBe("logs.us-east-1.amazonaws.com");
  });

  // EventBridge names no source to SNS and KMS: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  it("S11 are told of events by a role that only rules of this account's event bus take on", async () => {
    const plan = await planOf("production");
    const role = plan.one("aws:iam/role:Role", "topic-events");
    expect(statementsOf(role.inputs.assumeRolePolicy)).toMatchObject([
      {
        Principal: { Service: "events.amazonaws.com" },
        Condition: {
          StringEquals: ownAccount,
          ArnLike: { "aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/*" },
        },
      },
    ]);
    const toTopics = plan
      .all("aws:cloudwatch/eventTarget:EventTarget")
      .filter(({ inputs }) => String(inputs.arn).includes(":sns:"));
    expect(toTopics.length).toBeGreaterThan(3);
    const rights = plan.one("aws:iam/rolePolicy:RolePolicy", "topic-events");
    const [publish, key] = statementsOf(rights.inputs.policy);
    for (const target of toTopics) {
      expect(target.inputs.roleArn).toMatch(new RegExp(`:role/${role.id}$`));
      expect(publish?.Resource).toContain(target.inputs.arn);
      expect(plan.waitsFor(target, rights), target.name).toBe(true);
    }
    expect(key).toMatchObject({
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Condition: { StringEquals: { "kms:ViaService": "sns.us-east-1.amazonaws.com" } },
    });
  });

  it("S11 reach the people whom the configuration names", async () => {
    const subscriptions = (await planOf("production")).all("aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => [inputs.protocol, inputs.endpoint])).toEqual([
      ["email", "on-call@example.com"],
      ["email", "platform@example.com"],
      ["email", "security@example.com"],
    ]);
  });
});

describe("S11 the API's log", () => {
  it("S11 goes into groups that are there before the collector, encrypted and with an end", async () => {
    const plan = await planOf("production");
    const collector = plan
      .all("aws:eks/addon:Addon")
      .find(({ inputs }) => inputs.addonName === "amazon-cloudwatch-observability");
    if (collector === undefined) throw new Error("no CloudWatch add-on");
    const groups = plan
      .all("aws:cloudwatch/logGroup:LogGroup")
      .filter(({ inputs }) => String(inputs.name).startsWith("/aws/containerinsights/"));
    expect(groups).toHaveLength(4);
    for (const group of groups) {
      expect(group.inputs).toMatchObject({
        name: expect.stringContaining("/bulwark-production-cluster/"),
        retentionInDays: 365,
        kmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
      });
      expect(plan.waitsFor(collector, group)).toBe(true);
    }
  });

  it("S11 is collected by an agent with a role of its own, that leaves the API's pods alone", async () => {
    const plan = await planOf("production");
    const collector = plan
      .all("aws:eks/addon:Addon")
      .find(({ inputs }) => inputs.addonName === "amazon-cloudwatch-observability");
    expect(collector?.inputs.podIdentityAssociations).toEqual([
      { serviceAccount: "cloudwatch-agent", roleArn: expect.stringMatching(/^arn:aws:iam:/) },
    ]);
    expect(JSON.parse(String(collector?.inputs.configurationValues))).toMatchObject({
      containerLogs: { enabled: true },
      manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
    });
  });
});
