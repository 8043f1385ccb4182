import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atLeast, webAclRules } from "../../../infra/edge/web-acl-rules.ts";

const ruleNamed = (name: string, block = true) => {
  const found = webAclRules({ rateLimit: 500, block }).find((rule) => rule.name === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
};
const managed = [
  "AWSManagedRulesAmazonIpReputationList",
  "AWSManagedRulesKnownBadInputsRuleSet",
  "AWSManagedRulesCommonRuleSet",
  "AWSManagedRulesSQLiRuleSet",
];

describe("S10 the rules of the web ACL", () => {
  it("S10 asks about floods first, then size, then known attacks, each with a place of its own", () => {
    const rules = webAclRules({ rateLimit: 500, block: true });
    expect(rules.map(({ name }) => name)).toEqual(["rate", "body-size", ...managed]);
    expect(rules.map(({ priority }) => priority)).toEqual([0, 1, 2, 3, 4, 5]);
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

  it("S10 does not let the common set refuse imports for their size", () => {
    expect(ruleNamed("AWSManagedRulesCommonRuleSet").statement).toMatchObject({
      managedRuleGroupStatement: {
        ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }],
      },
    });
  });

  it("S10 refuses bodies above the API's limit by what the client announces", () => {
    expect(ruleNamed("body-size")).toMatchObject({
      action: { block: { customResponse: { responseCode: 413 } } },
      statement: {
        regexMatchStatement: { fieldToMatch: { singleHeader: { name: "content-length" } } },
      },
    });
    const pattern = new RegExp(atLeast(11_000_000));
    expect(pattern.test("10485760")).toBe(false);
    expect(pattern.test("10999999")).toBe(false);
    expect(pattern.test("11000000")).toBe(true);
    expect(pattern.test("00011000000")).toBe(true);
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
