import * as pulumi from "@pulumi/pulumi";
import { eventNotice } from "../lib/event-notice.ts";

export interface KeyEventsArgs {
  /** ARNs of the KMS keys. */
  keyArns: readonly pulumi.Input<string>[];
  /** Topic of those who look for attacks. */
  securityTopicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with. */
  eventRoleArn: pulumi.Input<string>;
}

/** Tells of a key that somebody disables, or schedules for deletion: until its end that can be undone, then all is lost. */
export class KeyEvents extends pulumi.ComponentResource {
  constructor(name: string, args: KeyEventsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:KeyEvents", name, {}, opts);
    eventNotice(
      name,
      {
        summary: "A KMS key is disabled, or pending deletion.",
        runbook: "key-deletion",
        pattern: {
          source: ["aws.kms"],
          "detail-type": ["AWS API Call via CloudTrail"],
          detail: {
            eventSource: ["kms.amazonaws.com"],
            eventName: ["ScheduleKeyDeletion", "DisableKey"],
            resources: { ARN: [...args.keyArns] },
          },
        },
        topicArn: args.securityTopicArn,
        roleArn: args.eventRoleArn,
        message: {
          values: {
            event: "$.detail.eventName",
            key: "$.detail.resources[0].ARN",
            who: "$.detail.userIdentity.arn",
          },
          text: "<event> of <key> by <who>. What it encrypts is lost when the key is.",
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
