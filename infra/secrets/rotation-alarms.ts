import * as pulumi from "@pulumi/pulumi";
import { alarm } from "../lib/alarm.ts";

export interface RotationAlarmsArgs {
  /** Names of the Lambda functions that make and rotate secrets. */
  functionNames: readonly string[];
  /** Names of the queues that keep what the functions could not do. */
  deadLetterQueueNames: readonly pulumi.Input<string>[];
  notifyTopicArn: pulumi.Input<string>;
}

/** Rotations that fail: the current secret goes on working, so there is time, but not for ever. */
export class RotationAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: RotationAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:RotationAlarms", name, {}, opts);
    for (const functionName of args.functionNames) {
      this.#atLeastOne(`${functionName}-errors`, `The function ${functionName} failed.`, args, {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
      });
    }
    for (const [index, queueName] of args.deadLetterQueueNames.entries()) {
      this.#atLeastOne(`${name}-dead-letters-${index + 1}`, "A function gave up on an event.", args, {
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queueName },
        statistic: "Maximum",
      });
    }
    this.registerOutputs();
  }

  #atLeastOne(
    name: string,
    says: string,
    { notifyTopicArn }: RotationAlarmsArgs,
    metric: {
      namespace: string;
      metricName: string;
      dimensions: Record<string, pulumi.Input<string>>;
      statistic: string;
    },
  ) {
    alarm(
      name,
      {
        says: `${says} The secret in use goes on working, unless the log says current-refused: npm run rotate -- ENVIRONMENT --repair.`,
        runbook: "rotation-failed",
        topicArn: notifyTopicArn,
        watches: {
          ...metric,
          period: 300,
          comparisonOperator: "GreaterThanThreshold",
          threshold: 0,
          evaluationPeriods: 1,
          // A function that is not called fails at nothing.
          treatMissingData: "notBreaching",
        },
      },
      this,
    );
  }
}
