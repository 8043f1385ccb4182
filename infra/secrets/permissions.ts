import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

type Arns = readonly pulumi.Input<string>[];

/** Reads and writes versions of secrets, and moves their stage labels. */
export const mayRotate = (secretArns: Arns): aws.iam.PolicyStatement => ({
  Sid: "Rotate",
  Effect: "Allow",
  Action: [
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
  ],
  Resource: [...secretArns],
});

/** Puts first values into empty secrets. */
export const mayFill = (secretArns: Arns): aws.iam.PolicyStatement => ({
  Sid: "Fill",
  Effect: "Allow",
  Action: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
  Resource: [...secretArns],
});

/** Reads the password that RDS keeps for the master user. */
export const mayReadMaster = (masterSecretArn: pulumi.Input<string>): aws.iam.PolicyStatement => ({
  Sid: "ReadMaster",
  Effect: "Allow",
  Action: "secretsmanager:GetSecretValue",
  Resource: masterSecretArn,
});

/**
 * Uses the secrets' key, through Secrets Manager only, and only for these secrets: which one it is about, Secrets Manager puts
 * into the encryption context of every call. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export const mayUseSecretsKey = (
  keyArn: pulumi.Input<string>,
  region: string,
  secretArns: Arns,
): aws.iam.PolicyStatement => ({
  Sid: "SecretsKey",
  Effect: "Allow",
  Action: ["kms:Decrypt", "kms:GenerateDataKey"],
  Resource: keyArn,
  Condition: {
    StringEquals: {
      "kms:ViaService": `secretsmanager.${region}.amazonaws.com`,
      "kms:EncryptionContext:SecretARN": [...secretArns],
    },
  },
});

/** Sets the passwords of one ElastiCache user. */
export const maySetCachePassword = (userArn: pulumi.Input<string>): aws.iam.PolicyStatement => ({
  Sid: "CacheUser",
  Effect: "Allow",
  Action: ["elasticache:DescribeUsers", "elasticache:ModifyUser"],
  Resource: userArn,
});

/** Sees a secret's dates and labels, never its values. */
export const mayDescribe = (secretArns: Arns): aws.iam.PolicyStatement => ({
  Sid: "Describe",
  Effect: "Allow",
  Action: "secretsmanager:DescribeSecret",
  Resource: [...secretArns],
});

/** Starts rotations and watches them; which asks for the right to invoke the functions that do them. */
export const mayStartRotation = (secretArns: Arns, functionArns: Arns): aws.iam.PolicyStatement[] => [
  {
    Sid: "StartRotation",
    Effect: "Allow",
    Action: ["secretsmanager:DescribeSecret", "secretsmanager:RotateSecret"],
    Resource: [...secretArns],
  },
  { Sid: "InvokeRotation", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: [...functionArns] },
];
