import * as pulumi from "@pulumi/pulumi";
import { eventNotice } from "../lib/event-notice.ts";

export interface BackupAlarmsArgs {
  /** The database whose backups and copies are watched. */
  instanceArn: pulumi.Input<string>;
  /** The plan whose restore tests are watched. */
  restoreTestPlanArn: pulumi.Input<string>;
  /** Topic that is told. */
  topicArn: pulumi.Input<string>;
  /** The role that EventBridge publishes with. */
  eventRoleArn: pulumi.Input<string>;
}

/** What AWS Backup says when a job ends badly: https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html */
const failures = {
  backup: { type: "Backup Job State Change", states: { state: ["FAILED", "ABORTED", "EXPIRED"] } },
  copy: { type: "Copy Job State Change", states: { state: ["FAILED"] } },
  restore: { type: "Restore Job State Change", states: { status: ["FAILED", "ABORTED"] } },
} as const;

/** Tells a topic of every backup or copy of the database, and every restore test, that did not succeed. */
export class BackupAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: BackupAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:BackupAlarms", name, {}, opts);
    const ours = { resourceArn: [args.instanceArn] };
    this.#tell(`${name}-backup`, failures.backup, ours, args);
    this.#tell(`${name}-copy`, failures.copy, ours, args);
    this.#tell(
      `${name}-restore`,
      failures.restore,
      { restoreTestingPlanArn: [args.restoreTestPlanArn] },
      args,
    );
    this.registerOutputs();
  }

  #tell(
    name: string,
    failure: (typeof failures)[keyof typeof failures],
    ours: Record<string, pulumi.Input<string>[]>,
    { topicArn, eventRoleArn }: BackupAlarmsArgs,
  ) {
    eventNotice(
      name,
      {
        summary: `${failure.type}: failed.`,
        runbook: "restore",
        pattern: {
          source: ["aws.backup"],
          "detail-type": [failure.type],
          detail: { ...failure.states, ...ours },
        },
        topicArn,
        roleArn: eventRoleArn,
      },
      { parent: this },
    );
  }
}
