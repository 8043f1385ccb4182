import type { Problem } from "./errors.ts";
import type { Environment } from "./schema.ts";

/**
 * What is wrong with the identity that deploys: the cluster has to let it in, or every Kubernetes resource fails a quarter of
 * an hour later. `arn` is STS's answer to "who am I".
 *
 * The ARN of a session, `assumed-role/<name>/<session>`, carries no path, and the role's own may (`role/aws-reserved/
 * sso.amazonaws.com/…` of IAM Identity Center): they are compared by account and name, of which an account has each once
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
 */
export function lockedOut(arn: string, { cluster }: Environment, stack: string): Problem[] {
  const role = sessionRole(arn);
  const set = `pulumi config set --stack ${stack} --path "cluster.adminRoleArns[${cluster.adminRoleArns.length}]"`;
  if (role === undefined) {
    return [
      {
        at: "the identity that deploys",
        is: `${arn}, which is no role: the cluster lets in the roles of cluster.adminRoleArns and cluster.deployRoleArn`,
        mend: "deploy as one of them: aws:assumeRole in the configuration, or a profile with role_arn",
      },
    ];
  }
  const admitted = [...cluster.adminRoleArns, ...(cluster.deployRoleArn ? [cluster.deployRoleArn] : [])];
  if (admitted.some((other) => nameOf(other) === `${role.account}/${role.name}`)) return [];
  return [
    {
      at: "the identity that deploys",
      is: `${arn}, whose role is in neither cluster.adminRoleArns nor cluster.deployRoleArn: the cluster would not let it in`,
      // The role's own ARN, with its path.
      mend: `${set} "$(aws iam get-role --role-name ${role.name} --query Role.Arn --output text)"`,
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
