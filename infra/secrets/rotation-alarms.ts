import * as pulumi from "@pulumi/pulumi";
import { type AlarmArgs, type Alarming, alarm, moreThan } from "../lib/alarm.ts";
import type { Credentials } from "./credentials.ts";

export interface RotationAlarmsArgs {
  /** The functions that make and rotate secrets, and the queue that keeps what they could not do. */
  credentials: Pick<Credentials, "functions" | "deadLetterQueueName">;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

/** Rotations that fail: the current secret goes on working, so there is time, but not for ever. */
export class RotationAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: RotationAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:RotationAlarms", name, {}, opts);
    const failures = args.credentials.functions.map(({ functionName }) =>
      this.#anyOf(`${functionName}-errors`, `The function ${functionName} failed.`, args, {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
      }),
    );
    const deadLetters = this.#anyOf(`${name}-dead-letters-1`, "A function gave up on an event.", args, {
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: args.credentials.deadLetterQueueName },
      statistic: "Maximum",
    });
    this.alarms = [...failures, deadLetters];
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
