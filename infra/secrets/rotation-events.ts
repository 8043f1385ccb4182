import * as pulumi from "@pulumi/pulumi";
import { eventNotice } from "../lib/event-notice.ts";
import type { Credentials } from "./credentials.ts";

export interface RotationEventsArgs {
  /** The secrets that rotate. */
  credentials: Pick<Credentials, "rotatedArns">;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with. */
  eventRoleArn: pulumi.Input<string>;
}

/**
 * What Secrets Manager itself says when a rotation ends badly: the one that failed, the trial that comes with a new schedule,
 * and one that was dropped because somebody put in a value by hand.
 *
 * They come by way of CloudTrail, as service events, so the account must have a trail that logs management events in this
 * region (or in all). `audit.trail` makes one; by default there is none, since a second copy of events is paid for, and the
 * provider cannot look for one: every preview says it (guardrail `event-rule-fed`). Without one the rule hears nothing. A
 * rotation that fails is seen all the same: its function's alarm rings within five minutes, and where the function was never
 * called, the audit finds the secret overdue.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
const badEnds = ["RotationFailed", "TestRotationFailed", "RotationAbandoned"];

/** Tells of every rotation that ended badly, by secret. */
export class RotationEvents extends pulumi.ComponentResource {
  constructor(name: string, args: RotationEventsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:RotationEvents", name, {}, opts);
    eventNotice(
      name,
      {
        summary: "A rotation failed, or was dropped.",
        runbook: "rotation-failed",
        pattern: {
          source: ["aws.secretsmanager"],
          "detail-type": ["AWS Service Event via CloudTrail"],
          detail: {
            eventSource: ["secretsmanager.amazonaws.com"],
            eventName: badEnds,
            additionalEventData: { SecretId: [...args.credentials.rotatedArns] },
          },
        },
        topicArn: args.notifyTopicArn,
        roleArn: args.eventRoleArn,
        message: {
          values: {
            event: "$.detail.eventName",
            secret: "$.detail.additionalEventData.SecretId",
            time: "$.time",
          },
          text: "<event> at <time>: <secret>. The secret in use goes on working.",
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
