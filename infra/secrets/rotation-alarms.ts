import * as pulumi from "@pulumi/pulumi";
import { type AlarmArgs, type Alarming, alarm, moreThan } from "../lib/alarm.ts";

export interface RotationAlarmsArgs {
  /** Names of the Lambda functions that make and rotate secrets. */
  functionNames: readonly string[];
  /** Names of the queues that keep what the functions could not do. */
  deadLetterQueueNames: readonly pulumi.Input<string>[];
  notifyTopicArn: pulumi.Input<string>;
}

/** Rotations that fail: the current secret goes on working, so there is time, but not for ever. */
export class RotationAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: RotationAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:RotationAlarms", name, {}, opts);
    const failures = args.functionNames.map((functionName) =>
      this.#anyOf(`${functionName}-errors`, `The function ${functionName} failed.`, args, {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
      }),
    );
    const deadLetters = args.deadLetterQueueNames.map((queueName, index) =>
      this.#anyOf(`${name}-dead-letters-${index + 1}`, "A function gave up on an event.", args, {
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queueName },
        statistic: "Maximum",
      }),
    );
    this.alarmNames = [...failures, ...deadLetters].map((made) => made.name);
    this.registerOutputs();
  }

  #anyOf(
    name: string,
    trouble: string,
    { notifyTopicArn }: RotationAlarmsArgs,
    metric: Pick<AlarmArgs, "namespace" | "metricName" | "dimensions" | "statistic">,
  ) {
    return alarm(
      name,
      {
        summary: `${trouble} The secret in use goes on working, unless the log says current-refused: npm run rotate -- ENVIRONMENT --repair.`,
        runbook: "rotation-failed",
        topicArn: notifyTopicArn,
        ...metric,
        ...moreThan(0, 300),
      },
      { parent: this },
    );
  }
}
