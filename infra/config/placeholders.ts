import type { Finding } from "./rule.ts";
import type { Environment } from "./schema.ts";

/** Accounts that only AWS's documentation has. */
const documentationAccounts = ["111122223333", "123456789012", "444455556666"];

/**
 * Whether nothing is really deployed in this account: it is one of AWS's documentation, in which the offline preview and the
 * sandbox have their made-up resources. There the documentation's values are right; in every other account they are refused.
 * So no switch can be forgotten, and the program need not know what runs it.
 */
export const isMadeUp = (accountId: string): boolean => documentationAccounts.includes(accountId);

/** 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24: https://www.rfc-editor.org/rfc/rfc5737 */
const documentationRange = /^(192\.0\.2|198\.51\.100|203\.0\.113)\./;
/** https://www.rfc-editor.org/rfc/rfc2606 */
const documentationDomain = /(^|[.@/])example(\.(com|net|org))?(:\d+)?$/;
/** The ids in this repository's files, and in AWS's pages. */
const documentationZone = /^Z0123456789|EXAMPLE/;
const roleOfNobody = new RegExp(`:(000000000000|${documentationAccounts.join("|")}):`);

/** Values that stand for somebody's own, each with the command that sets it. */
export function placeholdersIn({ cluster, workload, edge, alarms }: Environment): Finding[] {
  const { domain, hostedZoneId } = edge;
  const topics = ["page", "notify", "security"] as const;
  return [
    ...placeholders(
      "cluster.publicAccessCidrs",
      cluster.publicAccessCidrs,
      documentationRange,
      "your range, such as your office's",
    ),
    ...placeholders(
      "cluster.adminRoleArns",
      cluster.adminRoleArns,
      roleOfNobody,
      "ARN of your administrators' role",
    ),
    ...placeholder(
      "cluster.deployRoleArn",
      cluster.deployRoleArn,
      roleOfNobody,
      "ARN of the role that deploys",
    ),
    ...placeholders(
      "workload.corsOrigins",
      workload.corsOrigins,
      documentationDomain,
      "origin of your page, https://…",
    ),
    ...placeholder("edge.domain", domain, documentationDomain, "host name of your API"),
    ...placeholder("edge.hostedZoneId", hostedZoneId, documentationZone, "id of your Route 53 zone"),
    ...topics.flatMap((topic) =>
      placeholders(`alarms.${topic}`, alarms[topic], documentationDomain, "your address"),
    ),
  ];
}

const placeholders = (path: string, values: readonly string[], pattern: RegExp, what: string): Finding[] =>
  values.flatMap((value, index) => placeholder(`${path}[${index}]`, value, pattern, what));

const placeholder = (path: string, value: string | undefined, pattern: RegExp, what: string): Finding[] =>
  value !== undefined && pattern.test(value)
    ? [{ path, is: `${value}, which stands for a value of your own`, to: `<${what}>` }]
    : [];
