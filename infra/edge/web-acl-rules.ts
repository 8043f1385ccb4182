import type { types } from "@pulumi/aws";

type Rule = types.input.wafv2.WebAclRule;
type Statement = types.input.wafv2.WebAclRuleStatement;

export interface WebAclRuleArgs {
  /** Requests per client address in any five minutes. */
  rateLimit: number;
  /** Whether managed rule groups block, or only count. */
  block: boolean;
  /** The API's own limit of a body, and of a file that is imported, bytes. */
  bodyLimitBytes: number;
  importLimitBytes: number;
}

/** The route that takes a file. */
const importRoute = "^/v1/bookings/import$";

/** Routes that take a password: any text, which is hashed and gets into no statement and no page. */
const passwordRoutes = "^/v1/auth/(sign-in|password|accept-invitation)$";

/**
 * Rule groups that AWS keeps up to date, in the order they are asked.
 * The common set's own body rule only counts: it would refuse bodies above 8 KB, and the API takes larger ones.
 * Groups that look for statements and scripts pass over passwords: somebody whose password looks like one could never sign in.
 */
const managedGroups = [
  { name: "AWSManagedRulesAmazonIpReputationList", countOnly: [], passwords: true },
  { name: "AWSManagedRulesKnownBadInputsRuleSet", countOnly: [], passwords: true },
  { name: "AWSManagedRulesCommonRuleSet", countOnly: ["SizeRestrictions_BODY"], passwords: false },
  { name: "AWSManagedRulesSQLiRuleSet", countOnly: [], passwords: false },
] as const;

/** The web ACL's rules, first match wins: floods, oversized bodies, then what AWS knows to be an attack. */
export function webAclRules(args: WebAclRuleArgs): Rule[] {
  return [
    rateRule(args.rateLimit),
    bodyRule("body-size", { notStatement: { statement: onPath(importRoute) } }, args.bodyLimitBytes),
    bodyRule("import-size", onPath(importRoute), args.importLimitBytes),
    ...managedGroups.map((group) => managedRule(group, args.block)),
  ].map((rule, priority) => ({ ...rule, priority, visibilityConfig: visible(rule.name) }));
}

type Numbered = Omit<Rule, "priority" | "visibilityConfig" | "name"> & { name: string };

const rateRule = (limit: number): Numbered => ({
  name: "rate",
  action: { block: { customResponse: { responseCode: 429 } } },
  statement: { rateBasedStatement: { limit, aggregateKeyType: "IP", evaluationWindowSec: 300 } },
});

/**
 * A load balancer's WAF sees the first 8 KB of a body, and no setting of the web ACL makes that more
 * (docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html), so the size is read from what the
 * client says it will send. A body sent in chunks says nothing; the API counts those itself.
 */
const bodyRule = (name: string, path: Statement, limit: number): Numbered => {
  const announced = matching({ singleHeader: { name: "content-length" } }, atLeast(justAbove(limit)));
  return {
    name,
    action: { block: { customResponse: { responseCode: 413 } } },
    statement: { andStatement: { statements: [path, announced] } },
  };
};

const matching = (
  fieldToMatch: types.input.wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatch,
  regexString: string,
) => ({
  regexMatchStatement: { fieldToMatch, regexString, textTransformations: [{ priority: 0, type: "NONE" }] },
});

/** A path written in another way does not match, and gets what holds for every other one. */
const onPath = (pattern: string) => matching({ uriPath: {} }, pattern);

const managedRule = (
  { name, countOnly, passwords }: (typeof managedGroups)[number],
  block: boolean,
): Numbered => ({
  name,
  overrideAction: block ? { none: {} } : { count: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: "AWS",
      name,
      ruleActionOverrides: countOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      ...(passwords ? {} : { scopeDownStatement: { notStatement: { statement: onPath(passwordRoutes) } } }),
    },
  },
});

export const visible = (metricName: string) => ({
  cloudwatchMetricsEnabled: true,
  sampledRequestsEnabled: true,
  metricName,
});

/** The smallest number above the limit that is two digits followed by zeros: 65536 → 66000. */
export function justAbove(limit: number): number {
  const unit = 10 ** (String(limit).length - 2);
  return (Math.floor(limit / unit) + 1) * unit;
}

/**
 * A regular expression of the decimal numbers from `minimum` up, where `minimum` is two digits followed by zeros (the WAF
 * has no arithmetic on headers).
 */
export function atLeast(minimum: number): string {
  const zeros = String(minimum).length - 2;
  const [tens = 1, units = 0] = String(minimum).slice(0, 2).split("").map(Number);
  const sameTens = `${tens}[${units}-9]\\d{${zeros}}`;
  const higherTens = tens < 9 ? `|[${tens + 1}-9]\\d{${zeros + 1}}` : "";
  return `^0*(${sameTens}${higherTens}|[1-9]\\d{${zeros + 2},})$`;
}
