import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./iam.ts";

export interface DeadLettersArgs {
  /** KMS key of the messages. */
  keyArn: pulumi.Input<string>;
}

/** Where the events of failed invocations end: kept two weeks, so that somebody can look. */
export class DeadLetters extends pulumi.ComponentResource {
  readonly queueArn: pulumi.Output<string>;
  readonly queueName: pulumi.Output<string>;

  constructor(name: string, args: DeadLettersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:DeadLetters", name, {}, opts);
    const queue = new aws.sqs.Queue(
      name,
      {
        kmsMasterKeyId: args.keyArn,
        kmsDataKeyReusePeriodSeconds: 300,
        messageRetentionSeconds: 14 * 86_400,
      },
      { parent: this },
    );
    new aws.sqs.QueuePolicy(
      name,
      {
        queueUrl: queue.url,
        policy: policyDocument({
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:*",
          Resource: queue.arn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
      },
      { parent: this },
    );
    this.queueArn = queue.arn;
    this.queueName = queue.name;
    this.registerOutputs({ queueArn: this.queueArn, queueName: this.queueName });
  }
}
