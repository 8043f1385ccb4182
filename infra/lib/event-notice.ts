import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface EventNoticeArgs {
  /** What has happened when it is told, with the runbook. */
  description: string;
  /** Which events: an EventBridge pattern. */
  pattern: pulumi.Input<Record<string, unknown>>;
  /** Who is told. */
  topicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with (`Topics.eventRoleArn`). */
  roleArn: pulumi.Input<string>;
  /** What they read. Default: the event itself, as JSON. */
  message?: aws.types.input.cloudwatch.EventTargetInputTransformer;
}

/** Tells a topic of events on the account's event bus. */
export function eventNotice(name: string, args: EventNoticeArgs, parent: pulumi.Resource): void {
  const rule = new aws.cloudwatch.EventRule(
    name,
    { description: args.description, eventPattern: pulumi.jsonStringify(args.pattern) },
    { parent },
  );
  new aws.cloudwatch.EventTarget(
    name,
    { rule: rule.name, arn: args.topicArn, roleArn: args.roleArn, inputTransformer: args.message },
    { parent },
  );
}
