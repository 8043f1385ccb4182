import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { wrongRangeInAws } from "./address-ranges.ts";
import { ConfigurationError, type Problem, problemOf, type WrongSetting } from "./errors.ts";
import type { StackEnvironment } from "./load.ts";
import { isMadeUp, placeholdersIn } from "./placeholders.ts";
import type { Environment } from "./schema.ts";

/**
 * Checks an environment against its target account before it registers anything: this reports at once what would fail there,
 * some of it a quarter of an hour later.
 * @throws ConfigurationError with every problem; RunError where AWS does not answer
 */
export async function checkDeployment(environment: StackEnvironment): Promise<void> {
  const { accountId, arn } = await asked(aws.getCallerIdentity());
  if (environment.tier === "sandbox" || isMadeUp(accountId)) return;
  const { name, kubeconfig } = environment;
  const wrong = [
    ...placeholdersIn(environment),
    ...wrongRange(environment),
    ...(await zonesNotFound(environment)),
  ];
  // A preview can run with read-only rights; an existing cluster has its own credentials.
  const deploys = !pulumi.runtime.isDryRun() && kubeconfig === undefined;
  const problems = [
    ...wrong.map((setting) => problemOf(name, setting)),
    ...(deploys ? lockedOut(arn, environment, name) : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(name, problems);
}

/** A range that only the sandbox's VPC can have. */
function wrongRange({ network: { cidr } }: Environment): WrongSetting[] {
  const problem = wrongRangeInAws(cidr);
  return problem === undefined
    ? []
    : [{ path: "network.cidr", problem: `${cidr} but ${problem}`, value: "10.20.0.0/16" }];
}

/** Zones that the account does not have, in any state: one that is down today comes back. */
async function zonesNotFound({ network, region }: StackEnvironment): Promise<WrongSetting[]> {
  // Availability zones are always "opt-in-not-required"; this omits local and wavelength zones.
  const filters = [{ name: "opt-in-status", values: ["opt-in-not-required"] }];
  const { zoneIds } = await asked(aws.getAvailabilityZones({ filters }));
  return network.zones.flatMap((zone, index) =>
    zoneIds.includes(zone)
      ? []
      : [
          {
            path: `network.zones[${index}]`,
            problem: `"${zone}", which this account does not have in ${region}; it has ${zoneIds.join(", ")}`,
            value: zoneIds.find((other) => !network.zones.includes(other)) ?? "<another zone>",
          },
        ],
  );
}

async function asked<Answer>(question: Promise<Answer>): Promise<Answer> {
  try {
    return await question;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(`AWS does not answer who deploys, and nothing was changed: ${why}`);
  }
}

/**
 * What is wrong with the identity that deploys: the cluster must admit it, or every Kubernetes resource fails a quarter of
 * an hour later. `arn` is STS's answer to "who am I".
 *
 * The ARN of a session, `assumed-role/<name>/<session>`, carries no path, and the role's own can (`role/aws-reserved/
 * sso.amazonaws.com/…` of IAM Identity Center). This compares them by account and name, which is unique in an account
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
 */
export function lockedOut(arn: string, { cluster }: Environment, stack: string): Problem[] {
  const role = sessionRole(arn);
  const set = `pulumi config set --stack ${stack} --path "cluster.adminRoleArns[${cluster.adminRoleArns.length}]"`;
  if (role === undefined) {
    return [
      {
        at: "the identity that deploys",
        problem: `${arn}, which is no role: the cluster lets in the roles of cluster.adminRoleArns and cluster.deployRoleArn`,
        fix: "deploy as one of them: aws:assumeRoles in the configuration, or a profile with role_arn",
      },
    ];
  }
  const admitted = [...cluster.adminRoleArns, ...(cluster.deployRoleArn ? [cluster.deployRoleArn] : [])];
  if (admitted.some((other) => nameOf(other) === `${role.account}/${role.name}`)) return [];
  return [
    {
      at: "the identity that deploys",
      problem: `${arn}, whose role is in neither cluster.adminRoleArns nor cluster.deployRoleArn: the cluster would not let it in`,
      // The role's own ARN, with its path.
      fix: `${set} "$(aws iam get-role --role-name ${role.name} --query Role.Arn --output text)"`,
    },
  ];
}

/** `arn:aws:sts::111122223333:assumed-role/deploy/ci` → its account and role; undefined for a user, a federated one or root. */
function sessionRole(arn: string): { account: string; name: string } | undefined {
  const [, account, name] = /^arn:[^:]+:sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return account === undefined || name === undefined ? undefined : { account, name };
}

/** `arn:aws:iam::111122223333:role/path/deploy` → `111122223333/deploy`. */
const nameOf = (roleArn: string): string => `${roleArn.split(":")[4]}/${roleArn.split("/").at(-1)}`;
