import { beforeAll, describe, expect, it } from "vitest";
import { at, type Plan, planning, planOf, statementsOf } from "../support/plan.ts";

const scheduleType = "aws:scheduler/schedule:Schedule";
const mortal = { "bulwark:schedule": { expires: "2027-01-31T12:00:00+01:00" } };

let staging: Plan;
beforeAll(async () => {
  staging = await planOf("staging");
  await planOf("production");
  await planOf("staging", mortal);
}, planning);

const named = (suffix: string) => staging.one(scheduleType, `-${suffix}`).inputs;

describe("S14 an environment with a schedule", () => {
  it("S14 wakes and sleeps on the clock of its people, the database before and after its workload", () => {
    const days = "? * MON,TUE,WED,THU,FRI *";
    expect(named("awake").scheduleExpression).toBe(`cron(0 7 ${days})`);
    expect(named("asleep").scheduleExpression).toBe(`cron(0 20 ${days})`);
    expect(named("database-start").scheduleExpression).toBe(`cron(40 6 ${days})`);
    expect(named("database-stop").scheduleExpression).toBe(`cron(10 20 ${days})`);
    for (const { inputs } of staging.all(scheduleType, "-schedule-")) {
      expect(inputs).toMatchObject({
        scheduleExpressionTimezone: "Europe/Berlin",
        flexibleTimeWindow: { mode: "OFF" },
      });
      expect(inputs.kmsKeyArn).toMatch(/^arn:aws:kms:/);
    }
  });

  it("S14 calls the power switch for pods and nodes, and RDS itself for the database", () => {
    for (const to of ["awake", "asleep"]) {
      expect(at(named(to), "target.arn")).toMatch(/:function:bulwark-staging-schedule-power$/);
      expect(at(named(to), "target.input")).toBe(JSON.stringify({ to }));
    }
    for (const verb of ["start", "stop"]) {
      expect(named(`database-${verb}`).target).toMatchObject({
        arn: `arn:aws:scheduler:::aws-sdk:rds:${verb}DBInstance`,
        input: '{"DbInstanceIdentifier":"bulwark-staging-database"}',
      });
    }
  });

  it("S14 gives the scheduler exactly these calls", () => {
    const policy = staging
      .all("aws:iam/rolePolicy:RolePolicy", "staging-schedule")
      .find(({ name }) => name === "bulwark-staging-schedule");
    const statements = statementsOf(policy?.inputs.policy);
    expect(statements.flatMap(({ Action }) => Action)).toEqual([
      "lambda:InvokeFunction",
      "rds:StartDBInstance",
      "rds:StopDBInstance",
      "kms:Decrypt",
    ]);
    for (const { Resource } of statements) expect(Resource).toMatch(/^arn:aws:/);
  });

  it("S14 mutes every alarm but the switch's own, through each night until half an hour into the day", () => {
    const muting = staging.all("aws:cloudwatch/alarmMuteRule:AlarmMuteRule");
    const rules = muting.map(({ inputs }) => inputs);
    expect(rules.map((rule) => at(rule, "rule.schedule"))).toEqual([
      { expression: "cron(0 20 * * MON,TUE,WED,THU)", duration: "PT11H30M", timezone: "Europe/Berlin" },
      { expression: "cron(0 20 * * FRI)", duration: "P2DT11H30M", timezone: "Europe/Berlin" },
    ]);
    const alarms = staging
      .all("aws:cloudwatch/metricAlarm:MetricAlarm")
      .concat(staging.all("aws:cloudwatch/compositeAlarm:CompositeAlarm"))
      .filter(({ name }) => !/-schedule-(power-errors|dropped)$/.test(name));
    const others = alarms.map(({ inputs }) => inputs.name ?? inputs.alarmName);
    expect(others.length).toBeGreaterThan(10);
    for (const rule of rules) {
      const muted = at(rule, "muteTargets.alarmNames");
      expect(new Set(Array.isArray(muted) ? muted : [])).toEqual(new Set(others));
    }
    for (const rule of muting) expect(alarms.filter((alarm) => !staging.waitsFor(rule, alarm))).toEqual([]);
  });

  it("S14 backs up and rotates while the database runs", () => {
    const rules = at(staging.one("aws:backup/plan:Plan").inputs, "rules");
    for (const rule of Array.isArray(rules) ? rules : []) {
      expect(rule.scheduleExpressionTimezone).toBe("Europe/Berlin");
      expect(rule.schedule).toMatch(/^cron\(0 1[0-2] \? \* (MON,TUE,WED,THU,FRI|6#1) \*\)$/);
    }
    const rotations = staging.all("aws:secretsmanager/secretRotation:SecretRotation");
    const expressions = rotations.map(({ inputs }) => String(at(inputs, "rotationRules.scheduleExpression")));
    expect(new Set(expressions).size).toBe(rotations.length);
    for (const expression of expressions)
      expect(expression).toMatch(/^cron\(0 14 \? 1,3,5,7,9,11 [2-6]#[12] \*\)$/);
  });

  it("S14 leaves the number of nodes and of replicas to whoever switches them", () => {
    const pool = staging.one("kubernetes:karpenter.sh/v1:NodePool");
    expect(pool.inputs.spec).toMatchObject({ replicas: 1 });
    expect(staging.one("aws:lambda/function:Function", "schedule-power").inputs.environment).toMatchObject({
      variables: { NODES: "1", REPLICAS: "2", NODE_POOL: "bulwark", DEPLOYMENT: "api", NAMESPACE: "bulwark" },
    });
  });
});

describe("S14 the power switch", () => {
  it("S14 has no rights in AWS but a function's own, and a door to the control plane only", () => {
    const policy = staging.one("aws:iam/rolePolicy:RolePolicy", "schedule-power");
    expect(statementsOf(policy.inputs.policy).map(({ Sid }) => Sid)).toEqual([
      "Log",
      "NetworkInterfaces",
      "NotFromCode",
      "Trace",
      "DeadLetters",
      "Environment",
      "DeadLetterKey",
    ]);
    const [door] = staging.all(
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "power-to-cluster",
    );
    expect(door?.inputs).toMatchObject({ fromPort: 443, toPort: 443, ipProtocol: "tcp" });
    expect(door?.inputs.cidrIpv4).toBeUndefined();
  });

  it("S14 is one group in Kubernetes, which may read and set two scales, by name", () => {
    const entry = staging.one("aws:eks/accessEntry:AccessEntry", "schedule-power");
    expect(entry.inputs).toMatchObject({ type: "STANDARD", kubernetesGroups: ["bulwark:power"] });
    expect(staging.object("Role").inputs.rules).toEqual([
      {
        apiGroups: ["apps"],
        resources: ["deployments/scale"],
        resourceNames: ["api"],
        verbs: ["get", "patch"],
      },
    ]);
    expect(staging.object("ClusterRole").inputs.rules).toEqual([
      {
        apiGroups: ["karpenter.sh"],
        resources: ["nodepools/scale"],
        resourceNames: ["bulwark"],
        verbs: ["get", "patch"],
      },
    ]);
  });

  it("S14 has its rights and its way before it is first called", () => {
    const onHours = staging.one(scheduleType, "schedule-awake");
    for (const earlier of [
      staging.object("RoleBinding"),
      staging.object("ClusterRoleBinding"),
      staging.one("aws:eks/accessEntry:AccessEntry", "schedule-power"),
      staging.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "power-to-cluster"),
    ])
      expect(staging.waitsFor(onHours, earlier), earlier.name).toBe(true);
  });
});

describe("S14 a time to live", () => {
  it("S14 is told to the notify topic when it is over, and stands on every resource", async () => {
    const plan = await planOf("staging", mortal);
    const [expiry, ...others] = plan.all(scheduleType, "-schedule-");
    expect(others).toEqual([]);
    expect(expiry?.inputs).toMatchObject({
      scheduleExpression: "at(2027-01-31T11:00:00)",
      scheduleExpressionTimezone: "UTC",
    });
    expect(at(expiry?.inputs, "target.arn")).toMatch(/:bulwark-staging-topic-notify/);
    expect(at(expiry?.inputs, "target.input")).toContain("npm run teardown -- staging");
    expect(plan.one("aws:ec2/vpc:Vpc").inputs.tags).toMatchObject({
      "bulwark:expires": "2027-01-31T12:00:00+01:00",
    });
  });
});

describe("S14 an environment without a schedule", () => {
  it("S14 has nothing of it", async () => {
    const plan = await planOf("production");
    expect(plan.run.resources.filter(({ urn }) => urn.includes("bulwark:schedule:"))).toEqual([]);
    expect(plan.one("aws:ec2/vpc:Vpc").inputs.tags).not.toHaveProperty("bulwark:expires");
  });
});
