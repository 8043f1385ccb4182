import type { Rule } from "../types.ts";

/** Tags that the backup, the cost report and the teardown look for. */
const required = ["bulwark:environment", "bulwark:managed-by"];

/** Types of AWS that take no tags: parts of another resource, or links between two. A new one is added here. */
const untaggable = new Set([
  "aws:acm/certificateValidation:CertificateValidation",
  "aws:backup/restoreTestingSelection:RestoreTestingSelection",
  "aws:backup/selection:Selection",
  "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
  "aws:budgets/budgetAction:BudgetAction",
  "aws:cloudwatch/dashboard:Dashboard",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
  "aws:cloudwatch/queryDefinition:QueryDefinition",
  "aws:ec2/route:Route",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  "aws:ecr/repositoryPolicy:RepositoryPolicy",
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:kms/alias:Alias",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "aws:lambda/invocation:Invocation",
  "aws:lambda/permission:Permission",
  "aws:route53/record:Record",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:scheduler/schedule:Schedule",
  "aws:secretsmanager/secretPolicy:SecretPolicy",
  "aws:secretsmanager/secretRotation:SecretRotation",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
]);

export const taggingRules: readonly Rule[] = [
  {
    id: "tagged",
    title: "Every AWS resource says which environment it belongs to and what manages it",
    severity: "low",
    controls: [],
    types: ["aws:*"],
    fix: "Make it below the stack's root component, which tags everything; a type that takes no tags is listed in infra/policies/rules/tagging.ts.",
    check: (resource) => {
      if (untaggable.has(resource.type)) return undefined;
      const tags = resource.map("tags");
      const missing = required.filter((tag) => !(tag in tags));
      return missing.length > 0 ? `lacks the tags ${missing.join(", ")}` : undefined;
    },
  },
  {
    id: "load-balancer-tagged",
    title: "The load balancer, which a controller makes, carries the environment's tags too",
    severity: "low",
    controls: [],
    types: ["kubernetes:eks.amazonaws.com/v1:IngressClassParams"],
    fix: "Pass the environment's tags in spec.tags.",
    check: (parameters) => {
      const keys = parameters.blocks("spec.tags").map(({ key }) => String(key));
      const missing = required.filter((tag) => !keys.includes(tag));
      return missing.length > 0 ? `lacks the tags ${missing.join(", ")}` : undefined;
    },
  },
];
