import { imageRules, secretRules } from "../../../../infra/policies/rules/secrets.ts";
import { policy, proveRules } from "./support.ts";

const secretPolicy = "aws:secretsmanager/secretPolicy:SecretPolicy";
const plainText = {
  Effect: "Deny",
  Principal: "*",
  Action: "*",
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const foreign = { ...plainText, Condition: { StringNotEquals: { "aws:PrincipalAccount": "123456789012" } } };
const rules = (given: object) => ({ rotationRules: given });
/** A rotation at 14:00 beside a database with these windows. */
const database = (maintenanceWindow: string, backupWindow: string) => ({
  inputs: rules({ scheduleExpression: "cron(0 14 ? 1,3 2#1 *)" }),
  beside: [{ type: "aws:rds/instance:Instance", inputs: { maintenanceWindow, backupWindow } }],
});

proveRules("secrets", secretRules, {
  "secret-rotates": {
    passes: [{ inputs: {}, beside: [{ type: "aws:secretsmanager/secretRotation:SecretRotation" }] }],
    fails: [{}, { inputs: {}, beside: [{ type: secretPolicy }] }],
  },
  "secret-rotates-in-90-days": {
    passes: [
      rules({ automaticallyAfterDays: 90 }),
      rules({ scheduleExpression: "rate(60 days)" }),
      rules({ scheduleExpression: "cron(0 13 12 1,3,5,7,9,11 ? *)" }),
      rules({ scheduleExpression: "cron(0 13 1/28 * ? *)" }),
    ],
    fails: [
      rules({ automaticallyAfterDays: 91 }),
      rules({ scheduleExpression: "rate(100 days)" }),
      rules({ scheduleExpression: "cron(0 13 12 1,7 ? *)" }),
      rules({ scheduleExpression: "cron(0 13 ? * MON *)" }),
      rules({}),
    ],
  },
  "secret-rotates-outside-windows": {
    passes: [database("mon:12:30-mon:14:00", "15:00-15:30"), database("mon:15:00-mon:16:00", "13:30-14:00")],
    fails: [
      database("mon:12:30-mon:14:30", "04:00-04:30"),
      database("sun:05:30-sun:06:30", "14:30-15:00"),
      {
        inputs: rules({ scheduleExpression: "cron(0 5 ? * MON *)" }),
        beside: [
          {
            type: "aws:elasticache/replicationGroup:ReplicationGroup",
            inputs: { snapshotWindow: "05:00-06:00" },
          },
        ],
      },
    ],
  },
  "secret-guarded": {
    passes: [
      { inputs: {}, beside: [{ type: secretPolicy, inputs: { policy: policy(plainText, foreign) } }] },
    ],
    fails: [{}, { inputs: {}, beside: [{ type: secretPolicy, inputs: { policy: policy(plainText) } }] }],
  },
  "no-secret-in-state": {
    passes: [
      { secretStringWo: "[secret]" },
      { type: "aws:rds/instance:Instance", inputs: { manageMasterUserPassword: true } },
      { type: "aws:ssm/parameter:Parameter", inputs: { type: "String", value: "a" } },
    ],
    fails: [
      { secretString: "[secret]" },
      { type: "aws:ssm/parameter:Parameter", inputs: { type: "SecureString", value: "[secret]" } },
      { type: "kubernetes:core/v1:Secret", inputs: {} },
      { type: "aws:rds/instance:Instance", inputs: { password: "[secret]" } },
      { type: "aws:elasticache/replicationGroup:ReplicationGroup", inputs: { authToken: "[secret]" } },
    ],
  },
  "rds-master-managed": {
    passes: [{ manageMasterUserPassword: true, masterUserSecretKmsKeyId: "[unknown]" }],
    fails: [{}, { manageMasterUserPassword: true }],
  },
  "rds-no-replica": {
    passes: [{ manageMasterUserPassword: true }],
    fails: [{ replicateSourceDb: "db" }, { replicateSourceDb: "[unknown]" }],
  },
  "rds-uncommon-master": {
    passes: [{ username: "bulwark_admin" }],
    fails: [{}, { username: "admin" }, { username: "root" }],
  },
  "rds-uncommon-port": {
    passes: [{ port: 33306 }],
    fails: [{}, { port: 3306 }],
  },
  "rds-iam": { passes: [{ iamDatabaseAuthenticationEnabled: true }], fails: [{}] },
});

proveRules("images", imageRules, {
  "images-scanned": { passes: [{ imageScanningConfiguration: { scanOnPush: true } }], fails: [{}] },
  "images-immutable": {
    passes: [{ imageTagMutability: "IMMUTABLE" }],
    fails: [{}, { imageTagMutability: "MUTABLE" }],
  },
  "images-expire": {
    passes: [{ inputs: {}, beside: [{ type: "aws:ecr/lifecyclePolicy:LifecyclePolicy" }] }],
    fails: [{}],
  },
  "images-pulled-only": {
    passes: [{ policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly" }],
    fails: [{ policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser" }],
  },
});
