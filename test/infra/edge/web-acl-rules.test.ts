import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { accessTable } from "../../../app/http/access.ts";
import { atLeast, justAbove, webAclRules } from "../../../infra/edge/web-acl-rules.ts";

const args = { rateLimit: 500, block: true, bodyLimitBytes: 65_536, importLimitBytes: 20_971_520 };
const ruleNamed = (name: string, block = true) => {
  const found = webAclRules({ ...args, block }).find((rule) => rule.name === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
};
const exceptPaths = z.object({
  notStatement: z.object({
    statement: z.object({ regexMatchStatement: z.object({ regexString: z.string() }) }),
  }),
});
const managed = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesKnownBadInputsRuleSet",
  "AWSManagedRulesCommonRuleSet",
  "AWSManagedRulesSQLiRuleSet",
];

describe("S10 the rules of the web ACL", () => {
  it("S10 asks about floods first, then size, then known attacks, each with a place of its own", () => {
    const rules = webAclRules(args);
    expect(rules.map(({ name }) => name)).toEqual(["rate", "body-size", "import-size", ...managed]);
    expect(rules.map(({ priority }) => priority)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("S10 stops an address that asks too often, whether or not managed rules block", () => {
    for (const block of [true, false])
      expect(ruleNamed("rate", block)).toMatchObject({
        action: { block: { customResponse: { responseCode: 429 } } },
        statement: { rateBasedStatement: { limit: 500, aggregateKeyType: "IP", evaluationWindowSec: 300 } },
      });
  });

  it.each(managed)("S10 lets %s block or only count, as configured", (name) => {
    expect(ruleNamed(name, true).overrideAction).toEqual({ none: {} });
    expect(ruleNamed(name, false).overrideAction).toEqual({ count: {} });
  });

  it("S10 does not let the common set refuse what the API takes for its size", () => {
    expect(ruleNamed("AWSManagedRulesCommonRuleSet").statement).toMatchObject({
      managedRuleGroupStatement: {
        ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }],
      },
    });
  });

  it("S10 A8 looks for statements and scripts everywhere but in passwords", () => {
    const paths = [...new Set(Object.keys(accessTable).map((line) => line.split(" ")[1] ?? ""))];
    const passedOver = managed.map((name) => {
      const group = z.looseObject({ scopeDownStatement: exceptPaths.optional() });
      const { managedRuleGroupStatement } = z
        .object({ managedRuleGroupStatement: group })
        .parse(ruleNamed(name).statement);
      const except = managedRuleGroupStatement.scopeDownStatement?.notStatement.statement;
      if (except === undefined) return [];
      return paths.filter((path) => new RegExp(except.regexMatchStatement.regexString).test(path)).sort();
    });
    const passwords = ["/v1/auth/accept-invitation", "/v1/auth/password", "/v1/auth/sign-in"];
    expect(passedOver).toEqual([[], [], passwords, passwords]);
  });

  it("S10 A13 refuses bodies above the API's limit, and files above that of the one route that takes them, by what the client announces", () => {
    const matching = (fieldToMatch: object, regexString: string) => ({
      regexMatchStatement: {
        fieldToMatch,
        regexString,
        textTransformations: [{ priority: 0, type: "NONE" }],
      },
    });
    const length = { singleHeader: { name: "content-length" } };
    const ofImport = matching({ uriPath: {} }, "^/v1/bookings/import$");
    const action = { block: { customResponse: { responseCode: 413 } } };
    expect(ruleNamed("body-size")).toMatchObject({
      action,
      statement: {
        andStatement: {
          statements: [{ notStatement: { statement: ofImport } }, matching(length, atLeast(66_000))],
        },
      },
    });
    expect(ruleNamed("import-size")).toMatchObject({
      action,
      statement: { andStatement: { statements: [ofImport, matching(length, atLeast(21_000_000))] } },
    });
    const pattern = new RegExp(atLeast(66_000));
    expect(pattern.test("65536")).toBe(false);
    expect(pattern.test("65999")).toBe(false);
    expect(pattern.test("66000")).toBe(true);
    expect(pattern.test("00066000")).toBe(true);
  });

  it("S10 lets every body through that the API takes, and no more than a tenth above", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_024, max: 1_048_576 }), (limit) => {
        expect(justAbove(limit)).toBeGreaterThan(limit);
        expect(justAbove(limit)).toBeLessThanOrEqual(limit * 1.1 + 1);
        expect(new RegExp(atLeast(justAbove(limit))).test(String(limit))).toBe(false);
      }),
    );
  });

  it("S10 compares numbers by pattern as arithmetic would", () => {
    const minimum = fc
      .tuple(fc.integer({ min: 10, max: 99 }), fc.integer({ min: 0, max: 6 }))
      .map(([start, zeros]) => start * 10 ** zeros);
    fc.assert(
      fc.property(minimum, fc.integer({ min: 0, max: 1_000_000_000 }), (least, size) => {
        expect(new RegExp(atLeast(least)).test(String(size))).toBe(size >= least);
      }),
    );
  });
});
