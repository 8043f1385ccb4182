import { beforeAll, describe, expect, it } from "vitest";
import { evaluate, isBlocking } from "../../../infra/policies/evaluate.ts";
import { exceptions } from "../../../infra/policies/exceptions.ts";
import { unknownMark } from "../../../infra/policies/resource.ts";
import { rules } from "../../../infra/policies/rules.ts";
import type { Finding } from "../../../infra/policies/types.ts";
import {
  unknownMark as monitorsMark,
  type ProgramRun,
  stacksIn,
} from "../../../scripts/plan/monitor/index.ts";
import { planning, planOf } from "../support/plan.ts";

const environments = stacksIn(new URL("../../..", import.meta.url).pathname);
/** The day on which the exceptions were last thought about. What runs out later must not make this test fail by itself. */
const today = "2026-11-21";
const judge = (run: ProgramRun, more: Partial<ProgramRun> = {}): Finding[] =>
  evaluate(more.resources ?? run.resources, { stack: run.stack, today });
const lines = (findings: readonly Finding[]) => findings.map(({ rule, message }) => `${rule}: ${message}`);

describe.each(environments)("S12 guardrails over the plan of %s", (stack) => {
  let run: ProgramRun;
  beforeAll(async () => {
    run = (await planOf(stack)).run;
  }, planning);

  it("finds nothing that no exception allows, and can judge everything", () => {
    const findings = judge(run);
    expect(lines(findings.filter(isBlocking))).toEqual([]);
    expect(lines(findings.filter(({ status }) => status === "unknown"))).toEqual([]);
  });

  it("needs every exception that it has", () => {
    expect(lines(judge(run).filter(({ status }) => status === "notice"))).toEqual([]);
  });

  it("finds nothing false in a first preview, where no output is known", async () => {
    const unknown = await planOf(stack, {}, "first preview");
    expect(lines(judge(unknown.run).filter(isBlocking))).toEqual([]);
  });
});

describe("S12 what a careless change would show", () => {
  const careless: [string, string, Record<string, unknown>][] = [
    ["a database open to the world", "aws:rds/instance:Instance", { publiclyAccessible: true }],
    ["a database without encryption", "aws:rds/instance:Instance", { storageEncrypted: false }],
    [
      "a key that anybody may use",
      "aws:kms/key:Key",
      { policy: { Statement: { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" } } },
    ],
    [
      "an open security group",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      { cidrIpv4: "0.0.0.0/0" },
    ],
    ["logs kept for ever", "aws:cloudwatch/logGroup:LogGroup", { retentionInDays: undefined }],
    [
      "a role with every right",
      "aws:iam/rolePolicy:RolePolicy",
      { policy: { Statement: { Effect: "Allow", Action: "*", Resource: "*" } } },
    ],
    ["untagged subnets", "aws:ec2/subnet:Subnet", { tags: {} }],
  ];
  let run: ProgramRun;
  beforeAll(async () => {
    run = (await planOf("production")).run;
  }, planning);

  it.each(careless)("%s blocks the plan of production", (_, type, inputs) => {
    const [changed] = run.resources.filter((resource) => resource.type === type);
    const resources = run.resources.map((resource) =>
      resource === changed ? { ...resource, inputs: { ...resource.inputs, ...inputs } } : resource,
    );
    const found = judge(run, { resources }).filter(isBlocking);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ name }) => name === changed?.name)).toBe(true);
  });

  it("a secret without its rotation blocks the plan of production", () => {
    const resources = run.resources.filter(
      ({ type }) => type !== "aws:secretsmanager/secretRotation:SecretRotation",
    );
    expect(
      new Set(
        judge(run, { resources })
          .filter(isBlocking)
          .map(({ rule }) => rule),
      ),
    ).toEqual(new Set(["secret-rotates"]));
  });
});

describe("S12 the list of exceptions", () => {
  it("names rules that there are, gives a reason, and ends within two years", () => {
    const known = rules.map(({ id }) => id);
    for (const { rule, reason, expires } of exceptions) {
      expect(known).toContain(rule);
      expect(reason.length).toBeGreaterThan(40);
      expect(expires).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(expires < "2028-11-21").toBe(true);
    }
  });

  it("rests on the mark that the monitor writes for what is not known", () => {
    expect(unknownMark).toBe(monitorsMark);
  });
});
