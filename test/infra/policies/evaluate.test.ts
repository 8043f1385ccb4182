import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, fits, isBlocking } from "../../../infra/policies/evaluate.ts";
import type { ResourceData } from "../../../infra/policies/resource.ts";
import type { Exception, Rule } from "../../../infra/policies/types.ts";

const type = "aws:rds/instance:Instance";
const resource = (name: string, inputs: Record<string, unknown> = {}): ResourceData => ({
  urn: `urn::${name}`,
  type,
  name,
  inputs,
});
const rule = (more: Partial<Rule> = {}): Rule => ({
  id: "multi-az",
  title: "Databases have a standby",
  severity: "high",
  controls: [],
  types: [type],
  fix: "Set multiAz: true.",
  check: (instance) => (instance.isTrue("multiAz") ? undefined : "has no standby"),
  ...more,
});
const exception = (more: Partial<Exception> = {}): Exception => ({
  rule: "multi-az",
  resource: "*-database",
  environments: ["staging"],
  reason: "Nobody is hurt.",
  expires: "2027-01-31",
  ...more,
});
const judge = (
  resources: ResourceData[],
  { rules = [rule()], exceptions = [] as Exception[], stack = "staging", today = "2026-11-21" } = {},
) => evaluate(resources, { stack, today }, { rules, exceptions });

describe("S12 evaluation of guardrails", () => {
  it("names the resource, what is wrong and the fix", () => {
    expect(judge([resource("my-database"), resource("good", { multiAz: true })])).toEqual([
      {
        rule: "multi-az",
        severity: "high",
        status: "violation",
        urn: "urn::my-database",
        type,
        name: "my-database",
        message: "my-database has no standby",
        fix: "Set multiAz: true.",
      },
    ]);
  });

  it("looks only at the types a rule names, and at a family of types by *", () => {
    const other = { ...resource("other"), type: "aws:rds/proxy:Proxy" };
    expect(judge([other])).toEqual([]);
    expect(judge([other], { rules: [rule({ types: ["aws:rds/*"] })] })).toHaveLength(1);
  });

  it("says unknown, and does not block, where a value or what it is in is not known yet", () => {
    const deep = rule({ check: (instance) => (instance.get("a.b.c") === 1 ? undefined : "is wrong") });
    for (const inputs of [{ a: "[unknown]" }, { a: { b: "[unknown]" } }, { a: { b: { c: "[unknown]" } } }]) {
      const [finding, ...more] = judge([resource("it", inputs)], { rules: [deep] });
      expect(finding).toMatchObject({
        status: "unknown",
        message: "it: a.b.c is not known before deployment",
      });
      expect(more).toEqual([]);
      expect([finding].filter((found) => found && isBlocking(found))).toEqual([]);
    }
  });

  it("says unknown of relations in a plan that knows of none", () => {
    const across = rule({
      across: true,
      check: (instance, plan) => (plan.referringTo(instance).length > 0 ? undefined : "is alone"),
    });
    expect(
      judge([resource("one"), resource("other")], { rules: [across] }).map(({ status }) => status),
    ).toEqual(["unknown", "unknown"]);
    const related = { ...resource("other"), dependencies: ["urn::one"] };
    expect(judge([resource("one"), related], { rules: [across] })).toEqual([
      expect.objectContaining({ name: "other", status: "violation" }),
    ]);
  });

  it("puts the worst first", () => {
    const rules = (["low", "critical", "medium", "high"] as const).map((severity) =>
      rule({ id: severity, severity }),
    );
    expect(judge([resource("it")], { rules }).map(({ severity }) => severity)).toEqual([
      "critical",
      "high",
      "medium",
      "low",
    ]);
  });

  it("tells which rule could not read which resource, rather than failing without a word", () => {
    const broken = rule({
      check: (instance) => (instance.statements("policy").length > 0 ? undefined : "has none"),
    });
    expect(() => judge([resource("it", { policy: "{ not json" })], { rules: [broken] })).toThrow(
      /Guardrail multi-az could not read it \[aws:rds\/instance:Instance\]/,
    );
  });
});

describe("S12 exceptions from guardrails", () => {
  it("let one rule's violation by the named resources pass, in the named environments, with the reason beside it", () => {
    const given = { exceptions: [exception()] };
    expect(judge([resource("my-database")], given)).toEqual([
      expect.objectContaining({
        status: "excepted",
        exception: { reason: "Nobody is hurt.", expires: "2027-01-31" },
      }),
    ]);
    expect(judge([resource("other")], given)[0]?.status).toBe("violation");
    expect(judge([resource("my-database")], { ...given, stack: "production" })[0]?.status).toBe("violation");
    expect(judge([resource("my-database")], { ...given, rules: [rule({ id: "else" })] })[0]?.status).toBe(
      "violation",
    );
  });

  it("hold until the end of their last day; then they are a violation themselves, and excuse nothing", () => {
    const given = { exceptions: [exception()] };
    expect(judge([resource("my-database")], { ...given, today: "2027-01-31" }).filter(isBlocking)).toEqual(
      [],
    );
    const after = judge([resource("my-database")], { ...given, today: "2027-02-01" });
    expect(after.filter(isBlocking).map(({ rule: id }) => id)).toEqual(["multi-az", "exception-expired"]);
  });

  it("are reported when nothing needs them, without blocking", () => {
    const found = judge([resource("my-database", { multiAz: true })], { exceptions: [exception()] });
    expect(found).toEqual([expect.objectContaining({ rule: "exception-unused", status: "notice" })]);
    expect(found.filter(isBlocking)).toEqual([]);
  });

  it("are not called unused while it cannot be known whether they are needed", () => {
    const found = judge([resource("my-database", { multiAz: "[unknown]" })], { exceptions: [exception()] });
    expect(found.map(({ status }) => status)).toEqual(["unknown"]);
  });

  it("match names by * and nothing else", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (head, tail) => {
        const plain = head.replaceAll("*", "");
        expect(fits(plain, plain)).toBe(true);
        expect(fits(`${plain}*`, `${plain}${tail.replaceAll("\n", "")}`)).toBe(true);
        expect(fits(plain, `${plain}x`)).toBe(false);
      }),
    );
    expect(fits("a.b", "axb")).toBe(false);
  });
});
