import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { eventNotice } from "../lib/event-notice.ts";
import type { Database } from "./database.ts";

export interface DatabaseEventsArgs {
  /** Whose events are told. */
  database: Pick<Database, "eventSources" | "instanceArn">;
  /** Topic of those who look within the day: its policy and its key's must let events.rds.amazonaws.com in. */
  notifyTopicArn: pulumi.Input<string>;
  /** Topic of those who get up for it. */
  pageTopicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with. */
  eventRoleArn: pulumi.Input<string>;
}

/**
 * What RDS tells of an instance that somebody should know: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
 * Left out: backup (the backup alarms tell of failures), creation, and availability and notification, in which every stop and
 * start of an environment with off hours would be told.
 */
const instanceEvents = [
  "configuration change",
  "deletion",
  "failover",
  "failure",
  "low storage",
  "maintenance",
  "recovery",
  "restoration",
  "security patching",
];

/**
 * What RDS says when a disk is full, or when it cannot make one larger (same page). That it waits for an earlier change to end
 * (0219, 0220, 0237) is not among them: it tries again, and the alarms on free space ring when that is too late.
 */
const diskEvents = {
  consumed: "RDS-EVENT-0007",
  "shut down": "RDS-EVENT-0221",
  "about to be shut down": "RDS-EVENT-0222",
  "cannot be scaled": "RDS-EVENT-0223",
  "reaches its ceiling": "RDS-EVENT-0224",
  "above the account's quota": "RDS-EVENT-0254",
};

/** Tells a topic of failures, failovers, maintenance and changes of the database, as RDS reports them. */
export class DatabaseEvents extends pulumi.ComponentResource {
  constructor(name: string, args: DatabaseEventsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:DatabaseEvents", name, {}, opts);
    const { instance, parameterGroup } = args.database.eventSources;
    const subscribe = (what: string, events: Omit<aws.rds.EventSubscriptionArgs, "snsTopic">) =>
      new aws.rds.EventSubscription(
        `${name}-${what}`,
        { snsTopic: args.notifyTopicArn, ...events },
        { parent: this },
      );
    subscribe("instance", {
      sourceType: "db-instance",
      sourceIds: [instance],
      eventCategories: instanceEvents,
    });
    subscribe("parameters", {
      sourceType: "db-parameter-group",
      sourceIds: [parameterGroup],
      eventCategories: ["configuration change"],
    });
    this.#pageOfDisk(`${name}-disk`, args);
    this.registerOutputs();
  }

  #pageOfDisk(name: string, { database, pageTopicArn, eventRoleArn }: DatabaseEventsArgs) {
    eventNotice(
      name,
      {
        summary: "The database's disk is full, or RDS cannot make it larger.",
        runbook: "disk-full",
        pattern: {
          source: ["aws.rds"],
          "detail-type": ["RDS DB Instance Event"],
          detail: { SourceArn: [database.instanceArn], EventID: Object.values(diskEvents) },
        },
        topicArn: pageTopicArn,
        roleArn: eventRoleArn,
        message: {
          values: { database: "$.detail.SourceIdentifier", message: "$.detail.Message" },
          text: "<database>: <message>",
        },
      },
      { parent: this },
    );
  }
}
