import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  type RotationStrategy,
  rotatedPurposes,
  secretCatalogue,
  secretName,
  secretPurposes,
} from "../../../app/contract/secrets.ts";
import { auditSecretsEnv } from "../../../infra/functions/audit-secrets/env.ts";
import { bootstrapEnv } from "../../../infra/functions/bootstrap/env.ts";
import { rotateAllEnv } from "../../../infra/functions/rotate-all/env.ts";
import { rotateCacheEnv } from "../../../infra/functions/rotate-cache/env.ts";
import { rotateJwtEnv } from "../../../infra/functions/rotate-jwt/env.ts";
import { rotateMysqlEnv } from "../../../infra/functions/rotate-mysql/env.ts";
import { rotateRandomEnv } from "../../../infra/functions/rotate-random/env.ts";
import { isKeepWarm } from "../../../infra/functions/shared/keep-warm.ts";
import { environments } from "../support/configuration.ts";
import { at, type Plan, planOf, type Statement, statementsOf } from "../support/plan.ts";
import { plansOfAll } from "../support/plans.ts";

const functionType = "aws:lambda/function:Function";
const rotationType = "aws:secretsmanager/secretRotation:SecretRotation";
const invocationType = "aws:lambda/invocation:Invocation";
const plan = plansOfAll();

const functions = {
  bootstrap: bootstrapEnv,
  "rotate-mysql": rotateMysqlEnv,
  "rotate-cache": rotateCacheEnv,
  "rotate-jwt": rotateJwtEnv,
  "rotate-random": rotateRandomEnv,
  "rotate-all": rotateAllEnv,
  audit: auditSecretsEnv,
};
const codes = Object.entries(functions);
const lambda = (of: Plan, code: string) => of.one(functionType, `-${code}`);
/** The purposes of the secrets that a statement names. */
const purposesOf = ({ Resource }: Statement): string[] =>
  [Resource ?? []].flat().map((arn) => /secret:bulwark\/\w+\/([a-z-]+)-\w{6}$/.exec(arn)?.[1] ?? arn);

describe.each(environments)("R8 the functions of %s", (stack) => {
  it("R8 are each called by a schedule before two weeks of rest, with an event that does nothing", () => {
    const called = (code: string) => {
      const { urn } = lambda(plan(stack), code);
      return plan(stack).run.resources.filter(
        ({ type, dependencies }) =>
          /^aws:(scheduler\/schedule:Schedule|cloudwatch\/eventTarget:EventTarget)$/.test(type) &&
          dependencies.includes(urn),
      );
    };
    for (const code of Object.keys(functions).filter((name) => name !== "audit")) {
      const schedule = called(code).find(({ type }) => type === "aws:scheduler/schedule:Schedule");
      expect(schedule?.inputs.scheduleExpression, code).toBe("rate(7 days)");
      expect(isKeepWarm(JSON.parse(String(at(schedule?.inputs, "target.input")))), code).toBe(true);
    }
    expect(called("audit")).toHaveLength(1);
  });
});

describe.each(environments)("S6 the secrets of %s", (stack) => {
  it("are one per purpose, under names of their own, with the secrets' key", () => {
    const key = plan(stack).one("aws:kms/key:Key", "secrets-key");
    const secrets = plan(stack).all("aws:secretsmanager/secret:Secret");
    expect(secrets.map(({ inputs }) => inputs.name).sort()).toEqual(
      secretPurposes.map((purpose) => secretName(stack, purpose)).sort(),
    );
    for (const { inputs } of secrets) expect(inputs.kmsKeyId).toMatch(new RegExp(`:key/${key.id}$`));
  });

  it("are refused to clear text and to other accounts, whatever IAM says", () => {
    const policies = plan(stack).all("aws:secretsmanager/secretPolicy:SecretPolicy");
    expect(policies).toHaveLength(secretPurposes.length);
    for (const { inputs } of policies) {
      expect(inputs.blockPublicPolicy).toBe(true);
      expect(statementsOf(inputs.policy)).toEqual([
        expect.objectContaining({
          Effect: "Deny",
          Principal: "*",
          Action: "secretsmanager:*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
        expect.objectContaining({
          Effect: "Deny",
          Principal: "*",
          Condition: {
            StringNotEquals: { "aws:PrincipalAccount": "123456789012" },
            BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
          },
        }),
      ]);
    }
  });

  it("have no value in the program: neither a version nor a password", () => {
    expect(plan(stack).all("aws:secretsmanager/secretVersion:SecretVersion")).toEqual([]);
    expect(plan(stack).all("random:index/randomPassword:RandomPassword")).toEqual([]);
    expect(
      plan(stack)
        .objects()
        .filter(({ inputs }) => inputs.kind === "Secret"),
    ).toEqual([]);
  });

  it("reach nobody's eye by the outputs", () => {
    const text = JSON.stringify(plan(stack).run.outputs);
    expect(text).not.toMatch(/password|privateJwk/i);
    expect(text).toContain("secret:bulwark/");
  });
});

describe("S7 the functions", () => {
  it.each(codes)("%s gets an environment that its own code accepts, and nothing besides", (code, schema) => {
    for (const stack of environments) {
      const variables = at(lambda(plan(stack), code).inputs, "environment.variables");
      expect(z.strictObject(schema.shape).safeParse(variables).error?.issues).toBeUndefined();
    }
  });

  it.each(codes)("%s stands in isolated subnets, is traced, logged, encrypted, and one at a time", (code) => {
    const { inputs } = lambda(plan("production"), code);
    const isolated = plan("production")
      .all("aws:ec2/subnet:Subnet", "isolated")
      .map(({ id }) => id);
    expect(at(inputs, "vpcConfig.subnetIds")).toEqual(isolated);
    expect(inputs).toMatchObject({
      runtime: "nodejs24.x",
      handler: "index.handler",
      reservedConcurrentExecutions: 1,
      tracingConfig: { mode: "Active" },
      kmsKeyArn: expect.stringMatching(/^arn:aws:kms:/),
      deadLetterConfig: { targetArn: expect.stringMatching(/^arn:aws:sqs:/) },
      loggingConfig: { logFormat: "JSON", logGroup: `/aws/lambda/${inputs.name}` },
    });
    expect(inputs.timeout).toBeLessThanOrEqual(900);
    const group = plan("production")
      .all("aws:cloudwatch/logGroup:LogGroup")
      .find((each) => each.inputs.name === `/aws/lambda/${inputs.name}`);
    expect(group?.inputs).toMatchObject({
      retentionInDays: 365,
      kmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
    });
  });

  it.each([
    ["bootstrap", ["aws 443", "mysql 33306", "redis 6379"]],
    ["rotate-mysql", ["aws 443", "mysql 33306"]],
    ["rotate-cache", ["aws 443", "redis 6379"]],
    ["rotate-jwt", ["aws 443"]],
    ["rotate-random", ["aws 443"]],
    ["rotate-all", ["aws 443"]],
    ["audit", ["aws 443"]],
  ])("%s reaches %j and nothing else", (code, destinations) => {
    const rules = plan("production").all(
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
      `-${code}-to-`,
    );
    expect(rules.map(({ name, inputs }) => `${name.split("-to-")[1]} ${inputs.toPort}`).sort()).toEqual(
      destinations,
    );
    for (const { inputs } of rules) {
      expect(inputs.referencedSecurityGroupId).toMatch(/^sg-/);
      expect(inputs.cidrIpv4).toBeUndefined();
    }
  });
});

describe("S7 rotation", { timeout: 60_000 }, () => {
  it("covers every secret but Twilio's, which a person supplies", () => {
    const rotated = plan("production")
      .all(rotationType)
      .map(
        ({ inputs }) =>
          purposesOf({ Effect: "Allow", Action: "", Resource: String(inputs.secretId), Principal: "" })[0],
      );
    expect([...rotated, "twilio"].sort()).toEqual([...secretPurposes].sort());
  });

  it("is staggered, at least every 90 days, and does not start by itself on the day of the deployment", () => {
    const schedules = plan("production")
      .all(rotationType)
      .map(({ inputs }) => at(inputs, "rotationRules.scheduleExpression"));
    expect(new Set(schedules).size).toBe(rotatedPurposes.length);
    for (const { inputs } of plan("production").all(rotationType)) {
      expect(inputs.rotateImmediately).toBe(false);
      expect(at(inputs, "rotationRules.scheduleExpression")).toMatch(/^cron\(0 13 \d+ 1,3,5,7,9,11 \? \*\)$/);
    }
  });

  it("is set up after the first values exist and Secrets Manager may call the function", () => {
    const { one, all, waitsFor } = bound(plan("production"));
    for (const rotation of all(rotationType)) {
      expect(waitsFor(rotation, one(invocationType, "bootstrap"))).toBe(true);
      const code = rotation.dependencies.find((urn) => urn.includes("aws:lambda/permission:Permission"));
      expect(code).toBeDefined();
    }
    for (const { name, inputs } of all("aws:lambda/permission:Permission", "-rotate-")) {
      expect(inputs).toMatchObject(
        // What checks current values is a rule of the stack's own.
        name.endsWith("-check")
          ? { principal: "events.amazonaws.com", sourceArn: expect.stringContaining("-secrets-check") }
          : { principal: "secretsmanager.amazonaws.com", sourceAccount: "123456789012" },
      );
    }
  });

  it("each secret has the function of its kind", () => {
    const codes: Record<RotationStrategy, string> = {
      "mysql-user": "rotate-mysql",
      "cache-user": "rotate-cache",
      "signing-keys": "rotate-jwt",
      "random-values": "rotate-random",
    };
    for (const { name, inputs } of plan("production").all(rotationType)) {
      const purpose = rotatedPurposes.find((one) => name === `bulwark-production-secrets-${one}`);
      const { strategy } = secretCatalogue[purpose ?? "cache"].rotation;
      expect(inputs.rotationLambdaArn).toMatch(
        new RegExp(`:function:bulwark-production-secrets-${codes[strategy]}$`),
      );
    }
  });

  it("R8 raising the generation invokes the function again, and nothing else changes", async () => {
    const raised = await planOf("staging", { "bulwark:rotation": { generation: 2 } });
    const before = new Map(
      plan("staging").run.resources.map(({ urn, inputs }) => [urn, JSON.stringify(inputs)]),
    );
    const changed = raised.run.resources.filter(
      ({ urn, inputs }) => before.get(urn) !== JSON.stringify(inputs),
    );
    expect(changed.map(({ name, type }) => [type, name])).toEqual([
      [invocationType, "bulwark-staging-secrets-rotate-all"],
    ]);
    expect(changed[0]?.inputs).toMatchObject({ triggers: { generation: "2" }, input: '{"generation":2}' });
  });
});

describe("R6 the bootstrap", { timeout: 60_000 }, () => {
  it("runs once database, cache and both doors are there", () => {
    const { one, all, waitsFor } = bound(plan("production"));
    const run = one(invocationType, "bootstrap");
    for (const earlier of [
      one("aws:rds/instance:Instance"),
      one("aws:elasticache/replicationGroup:ReplicationGroup"),
      one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "database-from-bootstrap"),
      one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cache-from-bootstrap"),
      ...all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "-bootstrap-to-"),
      ...all("aws:secretsmanager/secretPolicy:SecretPolicy"),
    ]) {
      expect([earlier.name, waitsFor(run, earlier)]).toEqual([earlier.name, true]);
    }
  });

  it("runs again when anything that it makes may be another: its code, a secret, the database, its address, the cache user", async () => {
    const other = await planOf("staging", { "bulwark:database.binlogRetentionHours": 24 });
    const triggers = (of: Plan) => of.one(invocationType, "bootstrap").inputs.triggers;
    expect(triggers(other)).not.toEqual(triggers(plan("staging")));
    const secrets = plan("staging").all("aws:secretsmanager/secret:Secret");
    expect(secrets).toHaveLength(secretPurposes.length);
    expect(triggers(plan("staging"))).toEqual({
      code: expect.stringMatching(/^[0-9a-f]{16}$/),
      binlogRetentionHours: "168",
      database: expect.stringMatching(/^db-/),
      address: expect.stringMatching(/^bulwark-staging-database\..+:33306$/),
      cacheUser: expect.stringContaining("cache"),
      secrets: expect.stringContaining(":secret:bulwark/staging/app-keys-"),
    });
    for (const purpose of secretPurposes)
      expect(at(triggers(plan("staging")), "secrets")).toContain(`bulwark/staging/${purpose}-`);
  });
});

describe("R9 S11 the audit", () => {
  it("runs at the deployment, once rotation is set up, and every six hours from then on", () => {
    const { one, all, waitsFor } = bound(plan("production"));
    const run = one(invocationType, "secrets-audit");
    for (const rotation of all(rotationType)) expect(waitsFor(run, rotation)).toBe(true);
    expect(run.inputs.triggers).toEqual({
      code: expect.stringMatching(/^[0-9a-f]{16}$/),
      rotationDays: "90",
      unusedAfterDays: "14",
    });
    const rule = one("aws:cloudwatch/eventRule:EventRule", "secrets-audit");
    expect(rule.inputs.scheduleExpression).toBe("rate(6 hours)");
    const target = one("aws:cloudwatch/eventTarget:EventTarget", "secrets-audit");
    expect(target.inputs.arn).toMatch(/:function:bulwark-production-secrets-audit$/);
    const permission = one("aws:lambda/permission:Permission", "secrets-audit");
    expect(waitsFor(target, permission)).toBe(true);
    expect(permission.inputs).toMatchObject({
      principal: "events.amazonaws.com",
      sourceArn: expect.stringMatching(/:rule\/bulwark-production-secrets-audit/),
    });
  });
});

/** A plan's questions, to be used without naming it. */
const bound = (of: Plan) => ({
  one: of.one.bind(of),
  all: of.all.bind(of),
  waitsFor: of.waitsFor.bind(of),
});
