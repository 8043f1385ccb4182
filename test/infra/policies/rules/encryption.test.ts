import { encryptionRules, keyRules } from "../../../../infra/policies/rules/encryption.ts";
import { proveRules } from "./support.ts";

const arn = "arn:aws:kms:us-east-1:123456789012:key/1";

proveRules("encryption at rest", [...encryptionRules, ...keyRules], {
  "rds-encrypted": {
    passes: [
      { storageEncrypted: true, kmsKeyId: arn },
      { storageEncrypted: true, kmsKeyId: "[unknown]" },
    ],
    fails: [{}, { storageEncrypted: true }, { storageEncrypted: false, kmsKeyId: arn }],
  },
  "rds-insights-encrypted": {
    passes: [{}, { performanceInsightsEnabled: true, performanceInsightsKmsKeyId: arn }],
    fails: [{ performanceInsightsEnabled: true }],
  },
  "cache-encrypted": {
    passes: [{ atRestEncryptionEnabled: true, kmsKeyId: arn }],
    fails: [{}, { atRestEncryptionEnabled: true }, { kmsKeyId: arn }],
  },
  "eks-secrets-encrypted": {
    passes: [{ encryptionConfig: { provider: { keyArn: arn }, resources: ["secrets"] } }],
    fails: [{}, { encryptionConfig: { provider: { keyArn: arn }, resources: [] } }],
  },
  "secret-encrypted": { passes: [{ kmsKeyId: arn }], fails: [{}, { kmsKeyId: "" }] },
  "schedule-encrypted": { passes: [{ kmsKeyArn: arn }, { kmsKeyArn: "[unknown]" }], fails: [{}] },
  "log-encrypted": { passes: [{ kmsKeyId: "[unknown]" }], fails: [{}] },
  "lambda-environment-encrypted": {
    passes: [{}, { environment: { variables: {} }, kmsKeyArn: arn }],
    fails: [{ environment: { variables: {} } }],
  },
  "topic-encrypted": { passes: [{ kmsMasterKeyId: arn }], fails: [{}] },
  "queue-encrypted": { passes: [{ kmsMasterKeyId: arn }, { sqsManagedSseEnabled: true }], fails: [{}] },
  "images-encrypted": {
    passes: [{ encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: arn }] }],
    fails: [{}, { encryptionConfigurations: [{ encryptionType: "AES256" }] }],
  },
  "backup-vault-encrypted": { passes: [{ kmsKeyArn: arn }], fails: [{}] },
  "bucket-encrypted": {
    passes: [
      {
        inputs: {},
        beside: [
          { type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration" },
        ],
      },
    ],
    fails: [{}],
  },
  "key-rotated": {
    passes: [{ enableKeyRotation: true }],
    fails: [{}, { enableKeyRotation: false }, { enableKeyRotation: true, isEnabled: false }],
  },
  "key-policy-written": { passes: [{ policy: "{}" }], fails: [{}] },
});
