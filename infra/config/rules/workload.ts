import { type ApiEnvInput, apiEnv } from "../../../app/contract/env.ts";
import { secretIdVariables } from "../../../app/contract/secrets.ts";
import { unknownVersion } from "../kubernetes-versions.ts";
import type { Rule } from "../rule.ts";

const cluster: Rule = ({ cluster }) => {
  const unknown = unknownVersion(cluster.version);
  return [
    unknown !== undefined && { path: "cluster.version", ...unknown },
    cluster.adminRoleArns.length === 0 &&
      cluster.deployRoleArn === undefined && {
        path: "cluster.adminRoleArns[0]",
        problem:
          "missing, and so is cluster.deployRoleArn: the cluster would open to nobody, not even to this deployment",
        value: "arn:aws:iam::111122223333:role/admin",
      },
  ];
};

const pods: Rule = ({ tier, workload }) => {
  const isTooFew = tier === "production" && workload.replicas < 2;
  const replicas = isTooFew ? 3 : workload.replicas;
  return [
    isTooFew && {
      path: "workload.replicas",
      problem: `${workload.replicas}: production needs 2 at least, or every restart is an outage`,
      value: replicas,
    },
    workload.maxReplicas < replicas && {
      path: "workload.maxReplicas",
      problem: `${workload.maxReplicas}, fewer than workload.replicas (${replicas})`,
      value: replicas,
    },
  ];
};

const domain: Rule = ({ tier, edge }) => [
  edge.domain === undefined &&
    (tier === "production" || edge.hostedZoneId !== undefined) && {
      path: "edge.domain",
      problem:
        tier === "production"
          ? "missing: production without a domain has no certificate and no HTTPS"
          : "missing although edge.hostedZoneId is given",
      value: "api.example.com",
    },
  edge.hostedZoneId === undefined &&
    (tier === "production" || edge.domain !== undefined) && {
      path: "edge.hostedZoneId",
      problem: `missing${edge.domain === undefined ? "" : " although edge.domain is given"}: the certificate is validated in that zone`,
      value: "Z0123456789ABCDEFGHIJ",
    },
];

/** Stand-ins for what the stack itself sets, to check the rest against the API's own schema. */
const stackEnv = {
  NODE_ENV: "production",
  ENVIRONMENT: "any",
  SERVICE_VERSION: "0.0.0",
  AWS_REGION: "us-east-1",
  HOST: "10.0.0.1",
  PORT: "3000",
  MANAGEMENT_PORT: "9464",
  CORS_ORIGIN: "https://app.example.com",
  TRUSTED_PROXIES: "10.0.0.0/24",
  HTTPS_ONLY: "true",
  PUBLIC_HOST: "api.example.com",
  REDIS_HOST: "cache.example.com",
  REDIS_PORT: "6379",
  ...secretIdVariables("api", () => "any"),
} satisfies ApiEnvInput;

type Variables = Readonly<Record<string, string>>;

/** What the API's own schema finds wrong with an environment. */
const refusals = (variables: Variables) => apiEnv.safeParse(variables).error?.issues ?? [];

const without = (variables: Variables, name: string): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([other]) => other !== name));

/**
 * The variables whose removal makes the API accept the rest, each with its fault beside those left.
 * @param tier the sandbox's environment has its name, by which the API knows it
 */
function refused(variables: Variables, tier: string): { name: string; why: string }[] {
  const given = { ...stackEnv, ENVIRONMENT: tier };
  const [refusal] = refusals({ ...variables, ...given });
  if (refusal === undefined) return [];
  const variable = String(refusal.path[0]);
  // A default can be at fault: then the variable that contradicts it.
  const name = variable in variables ? variable : Object.keys(variables).find(clashes);
  if (name === undefined) return [];
  const why = name === variable ? refusal.message : `${variable} ${refusal.message}`;
  return [{ name, why }, ...refused(without(variables, name), tier)];

  function clashes(other: string): boolean {
    return refusals({ ...without(variables, other), ...given }).every(({ path }) => path[0] !== variable);
  }
}

/** Checks `workload.env` against the API's own schema, so that no pod fails at its start. */
const variables: Rule = ({ tier, workload: { env } }) => {
  const path = (name: string) => `workload.env.${name}`;
  const names = Object.keys(env);
  const own = names.filter((name) => name in stackEnv);
  const strange = names.filter((name) => !(name in apiEnv.shape));
  const rest = [...own, ...strange].reduce<Variables>(without, env);
  return [
    ...own.map((name) => ({ path: path(name), problem: "set by the stack itself, not by configuration" })),
    ...strange.map((name) => ({ path: path(name), problem: "not a variable that the API knows" })),
    ...refused(rest, tier).map(({ name, why }) => ({ path: path(name), problem: `"${env[name]}": ${why}` })),
  ];
};

/** The same for the origins, which become one variable of the API. */
const origins: Rule = ({ workload: { corsOrigins } }) =>
  (corsOrigins.length === 0 ? [""] : corsOrigins).flatMap((origin, index) => {
    const [refusal] = refusals({ ...stackEnv, CORS_ORIGIN: origin });
    if (refusal === undefined) return [];
    const overTls = origin.replace(/^http:/, "https:");
    const isRight = overTls !== origin && refusals({ ...stackEnv, CORS_ORIGIN: overTls }).length === 0;
    return [
      {
        path: `workload.corsOrigins[${index}]`,
        problem: `"${origin}", which the API refuses: it ${refusal.message}`,
        value: isRight ? overTls : "https://app.example.com",
      },
    ];
  });

export const workloadRules = [cluster, pods, domain, variables, origins];
