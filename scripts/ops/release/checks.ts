import { DescribeDBInstancesCommand, type RDSClient } from "@aws-sdk/client-rds";
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { rotatedPurposes, secretName } from "../../../app/contract/secrets.ts";
import { isError } from "../teardown/clients.ts";

/** What is looked at before a release. */
export interface CheckAccess {
  database: RDSClient;
  secrets: SecretsManagerClient;
  environment: string;
  /** Identifier of the database's instance. */
  instance: string;
  now(): Date;
}

/** What stands against a release now, each with what mends it; and the moment that the database can be brought back to. */
export interface Readiness {
  problems: string[];
  restorable: Date | undefined;
}

/** RDS moves the newest moment forward every five minutes; this far behind, backups are not healthy. */
const longestGapMs = 30 * 60_000;

/** Whether the environment is awake, its backups run and no rotation is half-way: all that is not so, at once. */
export async function readiness(access: CheckAccess): Promise<Readiness> {
  const [database, halfway] = await Promise.all([databaseOf(access), halfRotated(access)]);
  const { status, restorable } = database;
  const problems = [
    ...(status === "available" ? backupProblems(access, restorable) : [asleep(access, status)]),
    ...halfway.map((purpose) => rotating(access, purpose)),
  ];
  return { problems, restorable };
}

const asleep = ({ environment, instance }: CheckAccess, status: string): string =>
  `The database ${instance} is "${status}".\n     npm run wake -- ${environment}`;

const rotating = ({ environment }: CheckAccess, purpose: string): string =>
  `The rotation of ${purpose} is half-way: its next version waits.\n     npm run rotate -- ${environment} ${purpose}   (docs/runbooks/rotation-failed.md)`;

function backupProblems({ instance, now }: CheckAccess, restorable: Date | undefined): string[] {
  if (restorable !== undefined && now().getTime() - restorable.getTime() < longestGapMs) return [];
  const since =
    restorable === undefined ? "has no backup yet" : `has had none since ${restorable.toISOString()}`;
  return [
    `There must be a way back for the data, and ${instance} ${since}.\n     aws rds describe-events --source-type db-instance --source-identifier ${instance}`,
  ];
}

async function databaseOf({ database, instance }: CheckAccess) {
  const wanted = { DBInstanceIdentifier: instance };
  const { DBInstances = [] } = await database.send(new DescribeDBInstancesCommand(wanted));
  const [found] = DBInstances;
  return { status: found?.DBInstanceStatus ?? "unknown", restorable: found?.LatestRestorableTime };
}

/** Purposes of secrets with a version that is neither current yet nor given up. */
async function halfRotated({ secrets, environment }: CheckAccess): Promise<string[]> {
  const states = await Promise.all(
    rotatedPurposes.map(async (purpose) => {
      const wanted = { SecretId: secretName(environment, purpose) };
      const described = await secrets.send(new DescribeSecretCommand(wanted)).catch(newSecret);
      const { VersionIdsToStages = {} } = described;
      const waits = (stages: readonly string[]) =>
        stages.includes("AWSPENDING") && !stages.includes("AWSCURRENT");
      return Object.values(VersionIdsToStages).some(waits) ? [purpose] : [];
    }),
  );
  return states.flat();
}

/** A secret that the release brings along has no rotation yet. */
const newSecret = (error: unknown): Pick<DescribeSecretCommandOutput, "VersionIdsToStages"> => {
  if (isError(error, "ResourceNotFoundException")) return {};
  throw error;
};
