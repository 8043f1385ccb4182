import type { WrongSetting } from "./errors.ts";
import type { Environment } from "./schema.ts";

/** Accounts that only AWS's documentation has. */
const documentationAccounts = ["111122223333", "123456789012", "444455556666"];

/**
 * Whether the account is fictitious: it is one of AWS's documentation, which the offline preview and the sandbox use. There the
 * documentation's values are right; the program refuses them in every other account. So there is no switch to forget, and the
 * program need not know what runs it.
 */
export const isMadeUp = (accountId: string): boolean => documentationAccounts.includes(accountId);

/** 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24: https://www.rfc-editor.org/rfc/rfc5737 */
const documentationRange = /^(192\.0\.2|198\.51\.100|203\.0\.113)\./;
/** https://www.rfc-editor.org/rfc/rfc2606 */
const documentationDomain = /(^|[.@/])example(\.(com|net|org))?(:\d+)?$/;
/** The ids in this repository's files, and in AWS's pages. */
const documentationZone = /^Z0123456789|EXAMPLE/;
const roleOfNobody = new RegExp(`:(000000000000|${documentationAccounts.join("|")}):`);
/** A digest, with or without its repository. */
const imageOfNobody = /(^|@)sha256:0+$/;

/** A setting whose value in this repository's files is a placeholder. */
interface Placeholder {
  pattern: RegExp;
  /** What to put there. */
  what: string;
}

/** Such settings, each by its place in the configuration. */
export const placeholders = {
  "cluster.publicAccessCidrs": {
    pattern: documentationRange,
    what: "your range, such as your office's",
  },
  "cluster.adminRoleArns": { pattern: roleOfNobody, what: "ARN of your administrators' role" },
  "cluster.deployRoleArn": { pattern: roleOfNobody, what: "ARN of the role that deploys" },
  "workload.corsOrigins": { pattern: documentationDomain, what: "origin of your page, https://…" },
  "workload.imageDigest": { pattern: imageOfNobody, what: "digest of the image you pushed, sha256:…" },
  "edge.domain": { pattern: documentationDomain, what: "host name of your API" },
  "edge.hostedZoneId": { pattern: documentationZone, what: "id of your Route 53 zone" },
  "alarms.page": { pattern: documentationDomain, what: "your address" },
  "alarms.notify": { pattern: documentationDomain, what: "your address" },
  "alarms.security": { pattern: documentationDomain, what: "your address" },
} as const satisfies Record<string, Placeholder>;

/** Where the environment has them. The workload checks the image, because a first deployment has neither. */
export function placeholdersIn({ cluster, workload, edge, alarms }: Environment): WrongSetting[] {
  return [
    ...inList("cluster.publicAccessCidrs", cluster.publicAccessCidrs),
    ...inList("cluster.adminRoleArns", cluster.adminRoleArns),
    ...found("cluster.deployRoleArn", cluster.deployRoleArn),
    ...inList("workload.corsOrigins", workload.corsOrigins),
    ...found("edge.domain", edge.domain),
    ...found("edge.hostedZoneId", edge.hostedZoneId),
    ...inList("alarms.page", alarms.page),
    ...inList("alarms.notify", alarms.notify),
    ...inList("alarms.security", alarms.security),
  ];
}

const inList = (setting: keyof typeof placeholders, values: readonly string[]): WrongSetting[] =>
  values.flatMap((value, index) => found(setting, value, `[${index}]`));

function found(setting: keyof typeof placeholders, value: string | undefined, index = ""): WrongSetting[] {
  const { pattern, what } = placeholders[setting];
  if (value === undefined || !pattern.test(value)) return [];
  return [
    {
      path: `${setting}${index}`,
      problem: `${value}, which stands for a value of your own`,
      value: `<${what}>`,
    },
  ];
}
