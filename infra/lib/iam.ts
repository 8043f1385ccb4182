import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** An IAM policy document of `statements`, as the JSON text that AWS resources take. */
export function policyDocument(...statements: aws.iam.PolicyStatement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** A role's trust in one AWS service; `conditions` narrow on whose behalf the service may act. */
export function trustIn(
  service: string,
  conditions?: aws.iam.PolicyStatement["Condition"],
): pulumi.Output<string> {
  return policyDocument({
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    ...(conditions === undefined ? {} : { Condition: conditions }),
  });
}

/** Publishes to encrypted topics: the key is used by SNS alone. */
export const mayPublish = (
  topicArns: readonly pulumi.Input<string>[],
  keyArn: pulumi.Input<string>,
  region: string,
): aws.iam.PolicyStatement[] => [
  { Sid: "Publish", Effect: "Allow", Action: "sns:Publish", Resource: [...topicArns] },
  {
    Sid: "TopicKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: keyArn,
    Condition: { StringEquals: { "kms:ViaService": `sns.${region}.amazonaws.com` } },
  },
];
