import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "./database.ts";

export interface DatabaseEventsArgs {
  database: Database;
  /** Who is told. Its policy and its key's must let events.rds.amazonaws.com in. */
  topicArn: pulumi.Input<string>;
}

/**
 * What RDS tells of an instance that somebody should know: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
 * Left out: backup (the backup alarms tell of failures), creation, and availability and notification, in which every stop and
 * start of an environment that sleeps at night would be told.
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

/** Tells a topic of failures, failovers, maintenance and changes of the database, as RDS reports them. */
export class DatabaseEvents extends pulumi.ComponentResource {
  constructor(
    name: string,
    { database, topicArn }: DatabaseEventsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulwark:database:DatabaseEvents", name, {}, opts);
    const subscribe = (what: string, args: Omit<aws.rds.EventSubscriptionArgs, "snsTopic">) =>
      new aws.rds.EventSubscription(`${name}-${what}`, { snsTopic: topicArn, ...args }, { parent: this });
    subscribe("instance", {
      sourceType: "db-instance",
      sourceIds: [database.eventSources.instance],
      eventCategories: instanceEvents,
    });
    subscribe("parameters", {
      sourceType: "db-parameter-group",
      sourceIds: [database.eventSources.parameterGroup],
      eventCategories: ["configuration change"],
    });
    this.registerOutputs();
  }
}
