import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Runbook, withRunbook } from "./runbook.ts";

export interface EventNoticeArgs {
  /** What has happened when it is told, in a sentence. */
  summary: string;
  /** What to do about it. */
  runbook: Runbook;
  /** Which events: an EventBridge pattern. */
  pattern: pulumi.Input<Record<string, unknown>>;
  /** Who is told. */
  topicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with (`Topics.eventRoleArn`). */
  roleArn: pulumi.Input<string>;
  /** What they read: a sentence with `<name>` for each value that is taken from the event. Default: the event, as JSON. */
  message?: {
    /** JSON path of each value, such as `$.detail.Message`. */
    values: Record<string, string>;
    /** The sentence; the runbook is added. */
    text: string;
  };
}

/** Tells a topic of events on the account's event bus. */
export function eventNotice(
  name: string,
  { summary, runbook, pattern, topicArn, roleArn, message }: EventNoticeArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const rule = new aws.cloudwatch.EventRule(
    name,
    { description: withRunbook(summary, runbook), eventPattern: pulumi.jsonStringify(pattern) },
    opts,
  );
  new aws.cloudwatch.EventTarget(
    name,
    {
      rule: rule.name,
      arn: topicArn,
      roleArn,
      inputTransformer: message && {
        inputPaths: message.values,
        inputTemplate: JSON.stringify(withRunbook(message.text, runbook)),
      },
    },
    opts,
  );
}
