import { listed, type Problem, setCommand } from "../../../infra/config/errors.ts";
import type { StackEnvironment } from "../../../infra/config/load.ts";
import type { StackState, StateResource } from "../pulumi/state.ts";

/** What stands between an environment and its deletion. */
export interface Protections {
  /** Each stops the teardown until it is lifted. */
  standing: Problem[];
  /** Do not stop it, but leave something behind that costs. */
  keeping: Problem[];
}

/** All protections at once, in the configuration and in what is deployed: a destroy goes by the latter. */
export function protectionsOf(environment: StackEnvironment, state: StackState | undefined): Protections {
  const { name, database } = environment;
  const configured = inConfiguration(environment);
  const deployed = state === undefined ? [] : inState(state, name, configured);
  return {
    standing: [...configured, ...deployed],
    keeping: database.finalSnapshot
      ? [
          {
            at: "bulwark:database.finalSnapshot",
            problem:
              "true: a last snapshot stays, and with it the keys that open it (about 1 USD a month each)",
            fix: setCommand(name, "database.finalSnapshot", false),
          },
        ]
      : [],
  };
}

function inConfiguration(environment: StackEnvironment): Problem[] {
  const { name, tier, database, cluster, edge, backup, secrets } = environment;
  const off = (path: string, problem: string): Problem => ({
    at: `bulwark:${path}`,
    problem,
    fix: setCommand(name, path, false),
  });
  return [
    tier === "production" && {
      at: "bulwark:tier",
      problem: '"production": its data belong to users',
      fix: setCommand(name, "tier", "staging"),
    },
    database.deletionProtection &&
      off("database.deletionProtection", "true: RDS refuses to delete the database"),
    cluster.deletionProtection &&
      off(
        "cluster.deletionProtection",
        "true: EKS refuses to delete the cluster, ECR a repository with images",
      ),
    edge.deletionProtection &&
      off("edge.deletionProtection", "true: load balancer and buckets of logs are not deleted"),
    backup.vaultLock && off("backup.vaultLock", "true: backups cannot be deleted before their time"),
    secrets.recoveryWindowDays > 0 && {
      at: "bulwark:secrets.recoveryWindowDays",
      problem: `${secrets.recoveryWindowDays}: deleted secrets are to be recoverable, which a teardown's are not`,
      fix: setCommand(name, "secrets.recoveryWindowDays", 0),
    },
  ].filter((problem) => problem !== false);
}

/**
 * What protects a resource of a type in AWS or in Pulumi's state, besides what the configuration says; `path` is what decides
 * it, so that `pulumi up` lifts it.
 */
const guards: readonly {
  type: string;
  path: string;
  problem: string;
  holds: (resource: StateResource) => boolean;
}[] = [
  {
    type: "aws:rds/instance:Instance",
    path: "database.deletionProtection",
    problem: "deployed with deletion protection",
    holds: ({ protect, outputs }) => protect || outputs.deletionProtection === true,
  },
  {
    type: "aws:eks/cluster:Cluster",
    path: "cluster.deletionProtection",
    problem: "deployed with deletion protection",
    holds: ({ protect, outputs }) => protect || outputs.deletionProtection === true,
  },
  {
    type: "kubernetes:networking.k8s.io/v1:Ingress",
    path: "edge.deletionProtection",
    problem: "deployed with deletion protection",
    holds: ({ protect }) => protect,
  },
  {
    type: "aws:route53/record:Record",
    path: "edge.deletionProtection",
    problem: "deployed with deletion protection",
    holds: ({ protect }) => protect,
  },
  {
    type: "aws:ecr/repository:Repository",
    path: "cluster.deletionProtection",
    problem: "deployed so that it is not deleted with images in it",
    holds: ({ outputs }) => outputs.forceDelete !== true,
  },
  {
    type: "aws:s3/bucket:Bucket",
    path: "edge.deletionProtection",
    problem: "deployed so that it is not deleted with objects in it",
    holds: ({ outputs }) => outputs.forceDestroy !== true,
  },
  {
    type: "aws:backup/vault:Vault",
    path: "backup.vaultLock",
    problem: "deployed so that it is not deleted with backups in it",
    holds: ({ outputs }) => outputs.forceDestroy !== true,
  },
];

function inState(state: StackState, stack: string, configured: readonly Problem[]): Problem[] {
  const told = (path: string) => configured.some(({ at }) => at === `bulwark:${path}`);
  const deployed = guards
    .filter(({ path }) => !told(path))
    .flatMap(({ type, problem, holds }) =>
      state
        .all(type)
        .filter(holds)
        .map(({ urn }) => ({ at: nameOf(urn), problem, fix: `pulumi up --stack ${stack}` })),
    );
  // Protected by hand: the program knows nothing of it.
  const held = state.resources
    .filter(({ protect, type }) => protect && !guards.some((guard) => guard.type === type))
    .map(({ urn }) => ({
      at: nameOf(urn),
      problem: "protected in Pulumi's state",
      fix: `pulumi state unprotect '${urn}' --stack ${stack} --yes`,
    }));
  return [...deployed, ...held];
}

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? urn;

/** The refusal as a person reads it. */
export function describeProtections(
  { name }: StackEnvironment,
  { standing, keeping }: Protections,
  isDeployed: boolean,
): string {
  const count = standing.length === 1 ? "1 protection stands" : `${standing.length} protections stand`;
  const besides = keeping.flatMap(({ at, problem, fix }) => [`   - ${at} is ${problem}`, `     ${fix}`]);
  return [
    `"${name}" is not deleted: ${count} in the way. Nothing was changed.`,
    "",
    ...listed(standing),
    ...(besides.length > 0 ? ["", "Not in the way, but not free of charge afterwards:", ...besides] : []),
    "",
    ...(isDeployed
      ? [
          `Lift each on purpose, bring that to AWS with "pulumi up --stack ${name}", then type this command again.`,
        ]
      : ["Lift each on purpose, then type this command again."]),
  ].join("\n");
}
