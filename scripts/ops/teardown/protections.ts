import { type Problem, setCommand } from "../../../infra/config/errors.ts";
import type { StackEnvironment } from "../../../infra/config/load.ts";
import type { StackState, StateResource } from "./state.ts";

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
            is: "true: a last snapshot stays, and with it the keys that open it (about 1 USD a month each)",
            mend: setCommand(name, "database.finalSnapshot", false),
          },
        ]
      : [],
  };
}

function inConfiguration(environment: StackEnvironment): Problem[] {
  const { name, tier, database, cluster, edge, backup, secrets } = environment;
  const off = (path: string, is: string): Problem => ({
    at: `bulwark:${path}`,
    is,
    mend: setCommand(name, path, false),
  });
  return [
    tier === "production" && {
      at: "bulwark:tier",
      is: '"production": its data are somebody\'s business',
      mend: setCommand(name, "tier", "staging"),
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
      is: `${secrets.recoveryWindowDays}: deleted secrets are to be recoverable, which a teardown's are not`,
      mend: setCommand(name, "secrets.recoveryWindowDays", 0),
    },
  ].filter((problem) => problem !== false);
}

/**
 * What protects a resource of a type in AWS or in Pulumi's state, whatever the configuration says by now; `path` is what decides
 * it, so that `pulumi up` lifts it.
 */
const guards: readonly {
  type: string;
  path: string;
  is: string;
  holds: (resource: StateResource) => boolean;
}[] = [
  {
    type: "aws:rds/instance:Instance",
    path: "database.deletionProtection",
    is: "deployed with deletion protection",
    holds: ({ protect, outputs }) => protect || outputs.deletionProtection === true,
  },
  {
    type: "aws:eks/cluster:Cluster",
    path: "cluster.deletionProtection",
    is: "deployed with deletion protection",
    holds: ({ protect, outputs }) => protect || outputs.deletionProtection === true,
  },
  {
    type: "kubernetes:networking.k8s.io/v1:Ingress",
    path: "edge.deletionProtection",
    is: "deployed with deletion protection",
    holds: ({ protect }) => protect,
  },
  {
    type: "aws:route53/record:Record",
    path: "edge.deletionProtection",
    is: "deployed with deletion protection",
    holds: ({ protect }) => protect,
  },
  {
    type: "aws:ecr/repository:Repository",
    path: "cluster.deletionProtection",
    is: "deployed so that it is not deleted with images in it",
    holds: ({ outputs }) => outputs.forceDelete !== true,
  },
  {
    type: "aws:s3/bucket:Bucket",
    path: "edge.deletionProtection",
    is: "deployed so that it is not deleted with objects in it",
    holds: ({ outputs }) => outputs.forceDestroy !== true,
  },
  {
    type: "aws:backup/vault:Vault",
    path: "backup.vaultLock",
    is: "deployed so that it is not deleted with backups in it",
    holds: ({ outputs }) => outputs.forceDestroy !== true,
  },
];

function inState(state: StackState, stack: string, configured: readonly Problem[]): Problem[] {
  const told = (path: string) => configured.some(({ at }) => at === `bulwark:${path}`);
  const deployed = guards
    .filter(({ path }) => !told(path))
    .flatMap(({ type, is, holds }) =>
      state
        .all(type)
        .filter(holds)
        .map(({ urn }) => ({ at: nameOf(urn), is, mend: `pulumi up --stack ${stack}` })),
    );
  // Protected by hand: the program knows nothing of it.
  const held = state.resources
    .filter(({ protect, type }) => protect && !guards.some((guard) => guard.type === type))
    .map(({ urn }) => ({
      at: nameOf(urn),
      is: "protected in Pulumi's state",
      mend: `pulumi state unprotect '${urn}' --stack ${stack} --yes`,
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
  const lines = standing.flatMap(({ at, is, mend }, index) => [
    `${String(index + 1).padStart(3)}. ${at} is ${is}`,
    `     ${mend}`,
  ]);
  const besides = keeping.flatMap(({ at, is, mend }) => [`   - ${at} is ${is}`, `     ${mend}`]);
  return [
    `"${name}" is not deleted: ${count} in the way. Nothing was changed.`,
    "",
    ...lines,
    ...(besides.length > 0 ? ["", "Not in the way, but not free of charge afterwards:", ...besides] : []),
    "",
    ...(isDeployed
      ? [
          `Lift each on purpose, bring that to AWS with "pulumi up --stack ${name}", then type this command again.`,
        ]
      : ["Lift each on purpose, then type this command again."]),
  ].join("\n");
}
