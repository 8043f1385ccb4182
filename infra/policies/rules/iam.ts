import type { Resource } from "../resource.ts";
import {
  isPublic,
  isTied,
  principalsOf,
  refusesPlainText,
  type Statement,
  untiedServices,
} from "../statements.ts";
import type { Rule } from "../types.ts";

const inlinePolicies = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"];
const resourcePolicies = [
  "aws:kms/key:Key",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:secretsmanager/secretPolicy:SecretPolicy",
  "aws:ecr/repositoryPolicy:RepositoryPolicy",
];

const allows = (subject: Resource, path: string): Statement[] =>
  subject.statements(path).filter(({ Effect }) => Effect === "Allow");
const quoted = (items: readonly string[]): string => items.join(", ");

/** Actions that AWS offers for no resource in particular. */
const resourceless =
  /^(ec2:(Describe\w*|CreateNetworkInterface|DeleteNetworkInterface|(Una|A)ssignPrivateIpAddresses)|xray:Put\w+|cloudwatch:PutMetricData|ecr:GetAuthorizationToken|secretsmanager:GetRandomPassword|elasticache:Describe\w+|backup:ListRestoreJobs|logs:Describe\w+)$/;

/** Who may do what in AWS. */
export const iamRules: readonly Rule[] = [
  {
    id: "iam-no-wildcard-actions",
    title: "Policies name the actions that they allow",
    severity: "high",
    controls: [],
    types: inlinePolicies,
    fix: "List the actions that are really called.",
    check: (policy) => {
      const wide = allows(policy, "policy")
        .flatMap(({ Action = [], NotAction }) => (NotAction ? ["everything but NotAction"] : Action))
        .filter((action) => action === "*" || action.endsWith(":*") || action.startsWith("everything"));
      return wide.length > 0 ? `allows ${quoted(wide)}` : undefined;
    },
  },
  {
    id: "iam-no-wildcard-resources",
    title: "Policies name the resources that they allow actions on",
    severity: "medium",
    controls: [],
    types: inlinePolicies,
    fix: "Name ARNs, or tie the statement by a condition; only actions that AWS offers for no resource may have *.",
    check: (policy) => {
      const wide = allows(policy, "policy")
        .filter(
          ({ Resource = [], NotResource, Condition }) =>
            (Resource.includes("*") || NotResource) && !Condition,
        )
        .flatMap(({ Action = [] }) => Action)
        .filter((action) => !resourceless.test(action));
      return wide.length > 0 ? `allows ${quoted(wide)} on every resource` : undefined;
    },
  },
  {
    id: "iam-decrypt-narrow",
    title: "No principal can decrypt with every key",
    severity: "high",
    controls: ["KMS.1", "KMS.2"],
    types: inlinePolicies,
    fix: "Name the key in Resource.",
    check: (policy) =>
      allows(policy, "policy").some(
        ({ Action = [], Resource = [] }) =>
          Action.some((action) => /^(\*|kms:(\*|Decrypt|ReEncrypt(From|\*)))$/.test(action)) &&
          Resource.some((resource) => /^(\*|arn:aws[\w-]*:kms:[^:]*:[^:]*:(\*|key\/\*))$/.test(resource)),
      )
        ? "allows decrypting with every key"
        : undefined,
  },
  {
    id: "iam-no-administrator",
    title: "No role of the stack's is an administrator",
    severity: "critical",
    controls: ["CKV_AWS_274"],
    types: ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/role:Role"],
    fix: "Attach a policy with the actions that are needed.",
    check: (subject) => {
      const attached = [...subject.texts("managedPolicyArns"), subject.text("policyArn") ?? ""];
      const wide = attached.filter((arn) =>
        /\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/.test(arn),
      );
      return wide.length > 0 ? `has ${quoted(wide)}` : undefined;
    },
  },
  {
    id: "iam-trust-narrow",
    title: "Roles are assumed by named principals",
    severity: "critical",
    controls: ["CKV_AWS_60", "CKV_AWS_61"],
    types: ["aws:iam/role:Role"],
    fix: "Name the service, or the ARNs of the roles, in the Principal of assumeRolePolicy.",
    check: (role) => {
      const wide = allows(role, "assumeRolePolicy").filter(
        (statement) =>
          statement.NotPrincipal !== undefined ||
          principalsOf(statement).includes("*") ||
          (!isTied(statement) && principalsOf(statement).some((who) => /:root$|^\d{12}$/.test(who))),
      );
      return wide.length > 0 ? "may be assumed by anybody, or by all of an account" : undefined;
    },
  },
  {
    id: "iam-github-trust-narrow",
    title: "A role for GitHub Actions trusts one repository, and says which of its workflows",
    severity: "critical",
    controls: ["CKV_AWS_393"],
    types: ["aws:iam/role:Role"],
    fix: "Tie token.actions.githubusercontent.com:aud to sts.amazonaws.com and :sub to repo:OWNER/NAME:environment:ENV.",
    check: (role) => {
      const statements = allows(role, "assumeRolePolicy").filter((statement) =>
        principalsOf(statement).some((who) => who.endsWith("token.actions.githubusercontent.com")),
      );
      return statements.every(namesRepository) ? undefined : "trusts workflows of other repositories";
    },
  },
  {
    id: "policy-not-public",
    title: "Policies of keys, topics, queues, buckets, secrets and repositories admit no outside principals",
    severity: "critical",
    controls: ["KMS.5", "CKV_AWS_33", "SNS.4", "SQS.3", "CKV_AWS_168", "S3.2", "S3.3"],
    types: resourcePolicies,
    fix: "Name the principal, or tie the statement to the account by a condition such as aws:SourceAccount.",
    check: (subject) =>
      subject.statements("policy").some(isPublic) ? "has a policy that lets anybody in" : undefined,
  },
  {
    id: "policy-services-tied",
    title:
      "Policies of keys, topics, queues, buckets, secrets and repositories admit AWS services for this account only",
    severity: "medium",
    controls: [],
    types: resourcePolicies,
    fix: "Add a condition on aws:SourceAccount or aws:SourceArn; EventBridge names neither to SNS: give its target a role.",
    check: (subject) => {
      const open = subject.statements("policy").flatMap(untiedServices);
      return open.length > 0 ? `lets ${quoted(open)} in on anybody's behalf` : undefined;
    },
  },
  {
    id: "policy-tls-only",
    title: "Policies of topics, queues, buckets and secrets refuse what comes without TLS",
    severity: "medium",
    controls: ["S3.5"],
    types: resourcePolicies.slice(1, 5),
    fix: 'Add a statement that denies everything when aws:SecureTransport is "false".',
    check: (subject) =>
      refusesPlainText(subject.statements("policy")) ? undefined : "does not refuse what comes without TLS",
  },
];

/** Whether the subject of GitHub's token is tied to one repository: a `*` only after the repository's name. */
function namesRepository({ Condition = {} }: Statement): boolean {
  const values = (suffix: string) =>
    Object.values(Condition)
      .flatMap((test) => Object.entries(test))
      .filter(([key]) => key.endsWith(suffix))
      .flatMap(([, value]) => value);
  const subjects = values(":sub");
  return (
    values(":aud").includes("sts.amazonaws.com") &&
    subjects.length > 0 &&
    subjects.every((subject) => /^repo:[^*:]+\/[^*:]+:[^*]/.test(subject))
  );
}
