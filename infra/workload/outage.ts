import * as pulumi from "@pulumi/pulumi";
import { type Alarming, compositeAlarm, type NamedAlarm } from "../lib/alarm.ts";

export interface OutageAlarmsArgs {
  /** Alarms that mean that the API is down. */
  down: readonly NamedAlarm[];
  /** Alarms that mean that it is slow, or short of pods. */
  degraded: readonly NamedAlarm[];
  /** The alarm of the database, without which the API serves nothing. It pages itself. */
  databaseAway: NamedAlarm;
  /** Topic of those who get up for it. */
  pageTopicArn: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

/**
 * One outage, one message: what follows from the database's absence is silent while that rings, and what follows from an outage
 * is silent while the API is down.
 */
export class OutageAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: OutageAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:OutageAlarms", name, {}, opts);
    const down = compositeAlarm(
      name,
      {
        summary: "The API is down, for no cause that another alarm tells.",
        runbook: "service-down",
        topicArn: args.pageTopicArn,
        parts: args.down,
        cause: args.databaseAway,
      },
      { parent: this },
    );
    const degraded = compositeAlarm(
      `${name}-degraded`,
      {
        summary: "The API is slow, or short of pods.",
        runbook: "service-down",
        topicArn: args.notifyTopicArn,
        parts: args.degraded,
        cause: { name, alarm: down },
      },
      { parent: this },
    );
    this.alarms = [down, degraded];
    this.registerOutputs();
  }
}
