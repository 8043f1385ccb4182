import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const key = "kmsKeyId";

/** Encrypted at rest, with a customer key where AWS offers the choice. */
export const encryptionRules: readonly Rule[] = [
  {
    id: "rds-encrypted",
    title: "Databases are encrypted at rest with our own key",
    severity: "high",
    controls: ["RDS.3", "RDS.4", "CKV_AWS_16"],
    types: ["aws:rds/instance:Instance"],
    fix: "Set storageEncrypted: true and kmsKeyId to the stack's data key (this replaces the instance).",
    check: (instance) =>
      unless(instance.isTrue("storageEncrypted") && instance.has(key), "is not encrypted with a key of ours"),
  },
  {
    id: "rds-insights-encrypted",
    title: "Performance Insights, which holds parts of statements, is encrypted with our own key",
    severity: "medium",
    controls: ["CKV_AWS_354"],
    types: ["aws:rds/instance:Instance"],
    fix: "Set performanceInsightsKmsKeyId to the stack's data key.",
    check: (instance) =>
      unless(
        !instance.isTrue("performanceInsightsEnabled") || instance.has("performanceInsightsKmsKeyId"),
        "keeps statements in Performance Insights without a key of ours",
      ),
  },
  {
    id: "cache-encrypted",
    title: "Caches are encrypted at rest with our own key",
    severity: "high",
    controls: ["ElastiCache.4", "CKV_AWS_29", "CKV_AWS_191"],
    types: ["aws:elasticache/replicationGroup:ReplicationGroup"],
    fix: "Set atRestEncryptionEnabled: true and kmsKeyId to the stack's data key (this replaces the group).",
    check: (cache) =>
      unless(
        cache.isTrue("atRestEncryptionEnabled") && cache.has(key),
        "is not encrypted at rest with a key of ours",
      ),
  },
  {
    id: "eks-secrets-encrypted",
    title: "Kubernetes secrets are wrapped with our own key",
    severity: "high",
    controls: ["EKS.3", "CIS-EKS 5.3.1", "CKV_AWS_58"],
    types: ["aws:eks/cluster:Cluster"],
    fix: 'Set encryptionConfig: { provider: { keyArn }, resources: ["secrets"] }.',
    check: (cluster) =>
      unless(
        cluster.has("encryptionConfig.provider.keyArn") &&
          cluster.texts("encryptionConfig.resources").includes("secrets"),
        "does not wrap its secrets with a key of ours",
      ),
  },
  {
    id: "secret-encrypted",
    title: "Secrets are encrypted with our own key",
    severity: "high",
    controls: ["CKV_AWS_149"],
    types: ["aws:secretsmanager/secret:Secret"],
    fix: "Set kmsKeyId to the stack's secrets key: then reading a secret needs that key as well.",
    check: (secret) =>
      unless(secret.has(key), "is encrypted with AWS's own key, which everybody in the account may use"),
  },
  {
    id: "schedule-encrypted",
    title: "What a schedule sends is encrypted with our own key",
    severity: "low",
    controls: ["CKV_AWS_297"],
    types: ["aws:scheduler/schedule:Schedule"],
    fix: "Set kmsKeyArn to the stack's data key, and let the schedule's role use it.",
    check: (schedule) => unless(schedule.has("kmsKeyArn"), "is not encrypted with a key of ours"),
  },
  {
    id: "log-encrypted",
    title: "Logs are encrypted with our own key",
    severity: "medium",
    controls: ["CKV_AWS_158"],
    types: ["aws:cloudwatch/logGroup:LogGroup"],
    fix: "Set kmsKeyId to the stack's data key, whose policy lets CloudWatch Logs use it.",
    check: (group) => unless(group.has(key), "is encrypted with AWS's own key"),
  },
  {
    id: "lambda-environment-encrypted",
    title: "Variables of Lambda functions are encrypted with our own key",
    severity: "medium",
    controls: ["CKV_AWS_173"],
    types: ["aws:lambda/function:Function"],
    fix: "Set kmsKeyArn to the stack's data key.",
    check: (lambda) =>
      unless(
        !lambda.has("environment") || lambda.has("kmsKeyArn"),
        "keeps its variables without a key of ours",
      ),
  },
  {
    id: "topic-encrypted",
    title: "Topics are encrypted with our own key",
    severity: "medium",
    controls: ["SNS.1", "CKV_AWS_26"],
    types: ["aws:sns/topic:Topic"],
    fix: "Set kmsMasterKeyId to the stack's data key, whose policy lets the publishers use it.",
    check: (topic) => unless(topic.has("kmsMasterKeyId"), "is not encrypted"),
  },
  {
    id: "queue-encrypted",
    title: "Queues are encrypted",
    severity: "medium",
    controls: ["SQS.1", "CKV_AWS_27"],
    types: ["aws:sqs/queue:Queue"],
    fix: "Set kmsMasterKeyId to the stack's data key.",
    check: (queue) =>
      unless(queue.has("kmsMasterKeyId") || queue.isTrue("sqsManagedSseEnabled"), "is not encrypted"),
  },
  {
    id: "images-encrypted",
    title: "Image repositories are encrypted with our own key",
    severity: "low",
    controls: ["CKV_AWS_136"],
    types: ["aws:ecr/repository:Repository"],
    fix: 'Set encryptionConfigurations: [{ encryptionType: "KMS", kmsKey }] (this replaces the repository).',
    check: (repository) =>
      unless(
        repository.blocks("encryptionConfigurations").some(({ encryptionType }) => encryptionType === "KMS"),
        "is not encrypted with KMS",
      ),
  },
  {
    id: "backup-vault-encrypted",
    title: "Backups are encrypted with our own key",
    severity: "high",
    controls: ["Backup.1", "CKV_AWS_166"],
    types: ["aws:backup/vault:Vault"],
    fix: "Set kmsKeyArn to a key of ours in the vault's region.",
    check: (vault) => unless(vault.has("kmsKeyArn"), "is encrypted with AWS's own key"),
  },
  {
    id: "bucket-encrypted",
    title: "The encryption of buckets is stated",
    severity: "low",
    controls: [],
    types: ["aws:s3/bucket:Bucket"],
    across: true,
    fix: "Add an aws.s3.BucketServerSideEncryptionConfiguration.",
    check: (bucket, graph) =>
      unless(
        graph.referringTo(
          bucket,
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        ).length > 0,
        "leaves its encryption to S3's default",
      ),
  },
];

/** The keys themselves. */
export const keyRules: readonly Rule[] = [
  {
    id: "key-rotated",
    title: "Keys are on and change their material every year",
    severity: "medium",
    controls: ["CKV_AWS_7", "CKV_AWS_227"],
    types: ["aws:kms/key:Key"],
    fix: "Set enableKeyRotation: true, and leave isEnabled alone.",
    check: (given) =>
      unless(
        given.isTrue("enableKeyRotation") && given.get("isEnabled") !== false,
        "is switched off or never changes its material",
      ),
  },
  {
    id: "key-policy-written",
    title: "Keys have their own policy",
    severity: "medium",
    controls: ["CKV2_AWS_64"],
    types: ["aws:kms/key:Key"],
    fix: "Set policy: without one the key gets AWS's default, which nobody here has read.",
    check: (given) => unless(given.has("policy"), "has no policy"),
  },
];
