import { iamRules } from "../../../../infra/policies/rules/iam.ts";
import { policy, proveRules } from "./support.ts";

const key = "arn:aws:kms:us-east-1:123456789012:key/1";
const allow = (more: object) => ({
  policy: policy({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*", ...more }),
});
const trust = (more: object) => ({
  assumeRolePolicy: policy({ Effect: "Allow", Action: "sts:AssumeRole", ...more }),
});
const service = (Condition: object | undefined) =>
  allow({ Principal: { Service: ["events.amazonaws.com"] }, Action: "sns:Publish", Condition });
const github = (condition: Record<string, string>) =>
  trust({
    Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
    Condition: {
      StringLike: Object.fromEntries(
        Object.entries(condition).map(([name, value]) => [
          `token.actions.githubusercontent.com:${name}`,
          value,
        ]),
      ),
    },
  });
const denyPlainText = {
  Effect: "Deny",
  Principal: "*",
  Action: "*",
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

proveRules("identity and permissions", iamRules, {
  "iam-no-wildcard-actions": {
    passes: [
      allow({}),
      allow({ Action: ["kms:Describe*"] }),
      { policy: policy({ Effect: "Deny", Action: "*", Resource: "*" }) },
    ],
    fails: [
      allow({ Action: "*" }),
      allow({ Action: ["s3:GetObject", "s3:*"] }),
      allow({ Action: undefined, NotAction: "iam:*" }),
    ],
  },
  "iam-no-wildcard-resources": {
    passes: [
      allow({}),
      allow({ Action: "ec2:DescribeInstances", Resource: "*" }),
      allow({ Resource: "*", Condition: { StringEquals: { "aws:ResourceTag/a": "b" } } }),
    ],
    fails: [
      allow({ Resource: "*" }),
      allow({ Action: ["xray:PutTraceSegments", "s3:PutObject"], Resource: "*" }),
    ],
  },
  "iam-decrypt-narrow": {
    passes: [
      allow({ Action: "kms:Decrypt", Resource: key }),
      allow({ Action: "kms:DescribeKey", Resource: "*" }),
    ],
    fails: [
      allow({ Action: "kms:Decrypt", Resource: "*" }),
      allow({ Action: ["kms:*"], Resource: "arn:aws:kms:us-east-1:123456789012:key/*" }),
      allow({ Action: "kms:ReEncryptFrom", Resource: "*" }),
    ],
  },
  "iam-no-administrator": {
    passes: [{ policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" }],
    fails: [
      { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      { type: "aws:iam/role:Role", inputs: { managedPolicyArns: ["arn:aws:iam::aws:policy/IAMFullAccess"] } },
    ],
  },
  "iam-trust-narrow": {
    passes: [
      trust({ Principal: { Service: "lambda.amazonaws.com" } }),
      trust({ Principal: { AWS: "arn:aws:iam::123456789012:role/a" } }),
    ],
    fails: [
      trust({ Principal: "*" }),
      trust({ Principal: { AWS: "*" } }),
      trust({ Principal: { AWS: "arn:aws:iam::123456789012:root" } }),
      trust({ NotPrincipal: { AWS: "arn:aws:iam::123456789012:role/a" } }),
    ],
  },
  "iam-github-trust-narrow": {
    passes: [
      trust({ Principal: { Service: "lambda.amazonaws.com" } }),
      github({ aud: "sts.amazonaws.com", sub: "repo:acme/bulwark:environment:production" }),
    ],
    fails: [
      github({ aud: "sts.amazonaws.com" }),
      github({ aud: "sts.amazonaws.com", sub: "repo:acme/*:ref:refs/heads/main" }),
      github({ sub: "repo:acme/bulwark:environment:production" }),
      github({ aud: "sts.amazonaws.com", sub: "repo:acme/bulwark:*" }),
    ],
  },
  "policy-not-public": {
    passes: [
      {
        policy: policy({
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:root" },
          Action: "kms:*",
          Resource: "*",
        }),
      },
      {
        policy: policy({
          Effect: "Allow",
          Principal: "*",
          Action: "kms:Decrypt",
          Resource: "*",
          Condition: { StringEquals: { "kms:CallerAccount": "123456789012" } },
        }),
      },
      { policy: policy(denyPlainText) },
      {},
    ],
    fails: [
      { policy: policy({ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }) },
      {
        type: "aws:s3/bucketPolicy:BucketPolicy",
        inputs: {
          policy: policy({
            Effect: "Allow",
            Principal: { AWS: ["*"] },
            Action: "s3:GetObject",
            Resource: "*",
          }),
        },
      },
      {
        policy: {
          Statement: { Effect: "Allow", NotPrincipal: { AWS: "a" }, Action: "kms:*", Resource: "*" },
        },
      },
    ],
  },
  "policy-services-tied": {
    passes: [
      service({ StringEquals: { "aws:SourceAccount": "123456789012" } }),
      service({ ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" } }),
      service({ ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:*" } }),
      { policy: policy({ ...denyPlainText, Principal: { Service: "sns.amazonaws.com" } }) },
      { policy: policy({ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "*", Resource: "*" }) },
    ],
    fails: [service(undefined), service({ Bool: { "aws:SecureTransport": "true" } })],
  },
  "policy-tls-only": {
    passes: [
      { policy: policy(denyPlainText) },
      { policy: policy({ ...denyPlainText, Principal: { AWS: "*" } }) },
    ],
    fails: [
      {},
      { policy: policy({ ...denyPlainText, Effect: "Allow" }) },
      { policy: policy({ ...denyPlainText, Condition: { Bool: { "aws:SecureTransport": "true" } } }) },
    ],
  },
});
