import { describe, expect, it } from "vitest";
import * as z from "zod";
import { environments } from "../support/configuration.ts";
import { at } from "../support/plan.ts";
import { plansOfAll } from "../support/plans.ts";

const plan = plansOfAll();
const ruleSchema = z.looseObject({
  ruleName: z.string(),
  schedule: z.string(),
  enableContinuousBackup: z.boolean().optional(),
  lifecycle: z.object({ deleteAfter: z.number() }),
  copyActions: z.array(z.looseObject({ destinationVaultArn: z.string() })).default([]),
});
const rules = (stack: (typeof environments)[number]) => {
  const list = z.array(ruleSchema).parse(plan(stack).one("aws:backup/plan:Plan").inputs.rules);
  return Object.fromEntries(list.map((rule) => [rule.ruleName, rule]));
};

describe.each(environments)("S4 backups of %s", (stack) => {
  it("come in three tiers: continuous, daily at 02:00, monthly; in the day where the database sleeps at night", () => {
    const isOffAtNight = stack === "staging";
    expect(rules(stack)).toMatchObject({
      continuous: { enableContinuousBackup: true },
      daily: { schedule: isOffAtNight ? "cron(0 11 ? * MON,TUE,WED,THU,FRI *)" : "cron(0 2 * * ? *)" },
      monthly: { schedule: isOffAtNight ? "cron(0 12 ? * 6#1 *)" : "cron(0 10 1 * ? *)" },
    });
  });

  it("the continuous tier says what the instance is made with", () => {
    const instance = plan(stack).one("aws:rds/instance:Instance");
    expect(rules(stack).continuous?.lifecycle.deleteAfter).toBe(instance.inputs.backupRetentionPeriod);
  });

  it("the instance's retention and window are AWS Backup's from its first backup on: RDS refuses other values", () => {
    const instance = plan(stack).one("aws:rds/instance:Instance");
    expect(instance.ignoreChanges).toEqual(["backupRetentionPeriod", "backupWindow"]);
  });

  it("are of the database and encrypted with the stack's key", () => {
    expect(plan(stack).one("aws:backup/selection:Selection").inputs.resources).toEqual([
      `arn:aws:rds:us-east-1:123456789012:db:bulwark-${stack}-database`,
    ]);
    for (const { inputs } of plan(stack).all("aws:backup/vault:Vault"))
      expect(inputs.kmsKeyArn).toMatch(/^arn:aws:kms:/);
  });

  it("go before the option group that they hold on to", () => {
    const options = plan(stack).one("aws:rds/optionGroup:OptionGroup");
    for (const vault of plan(stack).all("aws:backup/vault:Vault"))
      expect(plan(stack).waitsFor(vault, options)).toBe(true);
  });

  it("are proven by a restore every month, in the database's own subnets", () => {
    expect(plan(stack).one("aws:backup/restoreTestingPlan:RestoreTestingPlan").inputs).toMatchObject({
      name: expect.stringMatching(/^\w{1,50}$/),
      scheduleExpression: "cron(0 8 2 * ? *)",
      // Started the same morning, from a snapshot of the days before: an older one would prove last week's backups.
      startWindowHours: 4,
      recoveryPointSelection: {
        algorithm: "LATEST_WITHIN_WINDOW",
        recoveryPointTypes: ["SNAPSHOT"],
        selectionWindowDays: 7,
      },
    });
    expect(
      plan(stack).one("aws:backup/restoreTestingSelection:RestoreTestingSelection").inputs,
    ).toMatchObject({
      protectedResourceType: "RDS",
      restoreMetadataOverrides: { dbSubnetGroupName: expect.stringContaining("database") },
      // AWS deletes the restored instance after it; until then it costs as much as the database.
      validationWindowHours: 1,
    });
  });

  // An alarm looks back seven days at most: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  it("page somebody when no restore test has ended well for 32 days, be it that none was started", () => {
    const machine = plan(stack).one("aws:sfn/stateMachine:StateMachine", "restore-watch");
    const states: unknown = at(JSON.parse(String(machine.inputs.definition)), "States");
    expect(at(states, "Look")).toMatchObject({
      Resource: "arn:aws:states:::aws-sdk:backup:listRestoreJobs",
      Arguments: {
        ByRestoreTestingPlanArn: expect.stringContaining(":restore-testing-plan:"),
        ByStatus: "COMPLETED",
        ByCreatedAfter: `{% $fromMillis($millis() - ${32 * 24 * 60 * 60 * 1000}) %}`,
      },
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Tell" }],
    });
    expect(at(states, "Found")).toMatchObject({ Default: "Tell" });
    expect(at(states, "Tell.Arguments.TopicArn")).toContain("-topic-page");
    const rule = plan(stack).one("aws:cloudwatch/eventRule:EventRule", "restore-watch");
    expect(rule.inputs.scheduleExpression).toBe("cron(0 20 3 * ? *)");
    const target = plan(stack).one("aws:cloudwatch/eventTarget:EventTarget", "restore-watch");
    expect(target.inputs.arn).toMatch(/:stateMachine:/);
    for (const rights of plan(stack).all("aws:iam/rolePolicy:RolePolicy", "restore-watch"))
      expect(plan(stack).waitsFor(target, rights), rights.name).toBe(true);
  });

  it("page somebody when a backup, a copy or a restore test fails", () => {
    const patterns = plan(stack)
      .all("aws:cloudwatch/eventRule:EventRule", "backup-failed")
      .map(({ inputs }) => JSON.parse(String(inputs.eventPattern)));
    expect(patterns.map((pattern) => pattern["detail-type"][0])).toEqual([
      "Backup Job State Change",
      "Copy Job State Change",
      "Restore Job State Change",
    ]);
    for (const pattern of patterns) {
      expect(JSON.stringify(pattern.detail)).toContain("FAILED");
      // Other databases of the account are other people's business.
      expect(JSON.stringify(pattern.detail)).toMatch(/db:bulwark-|restore-testing-plan:bulwark_/);
    }
    const targets = plan(stack).all("aws:cloudwatch/eventTarget:EventTarget", "backup-failed");
    expect(targets).toHaveLength(3);
    for (const { inputs } of targets) expect(inputs.arn).toMatch(/-topic-page/);
  });
});

describe("S4 what production has besides", () => {
  it("point-in-time recovery of 35 days against staging's 7", () => {
    expect(rules("production").continuous?.lifecycle.deleteAfter).toBe(35);
    expect(rules("staging").continuous?.lifecycle.deleteAfter).toBe(7);
  });

  it("a lock that fits every tier, on both vaults", () => {
    const locks = plan("production").all("aws:backup/vaultLockConfiguration:VaultLockConfiguration");
    expect(locks).toHaveLength(2);
    const kept = Object.values(rules("production")).map(({ lifecycle }) => lifecycle.deleteAfter);
    for (const { inputs } of locks) {
      expect(inputs.minRetentionDays).toBeLessThanOrEqual(Math.min(...kept));
      expect(inputs.maxRetentionDays).toBeGreaterThanOrEqual(Math.max(...kept));
      // Governance: with a date from which nothing can be undone it would be compliance mode.
      expect(inputs.changeableForDays).toBeUndefined();
    }
    expect(plan("staging").all("aws:backup/vaultLockConfiguration:VaultLockConfiguration")).toEqual([]);
  });

  it("a copy of daily and monthly backups in another region, under a key of that region", () => {
    const copy = plan("production").one("aws:backup/vault:Vault", "backup-copy");
    expect(copy.inputs.region).toBe("us-west-2");
    expect(plan("production").one("aws:kms/key:Key", "backup-copy").inputs.region).toBe("us-west-2");
    const copied = Object.values(rules("production")).filter(({ copyActions }) => copyActions.length > 0);
    expect(copied.map(({ ruleName }) => ruleName)).toEqual(["daily", "monthly"]);
    expect(Object.values(rules("staging")).flatMap(({ copyActions }) => copyActions)).toEqual([]);
  });

  it("backups that do not go with the vault; staging's do", () => {
    expect(
      plan("production")
        .all("aws:backup/vault:Vault")
        .map(({ inputs }) => inputs.forceDestroy),
    ).toEqual([false, false]);
    expect(
      plan("staging")
        .all("aws:backup/vault:Vault")
        .map(({ inputs }) => inputs.forceDestroy),
    ).toEqual([true]);
  });
});
