import * as pulumi from "@pulumi/pulumi";
import { auditMetrics } from "../functions/audit-secrets/audit.ts";
import { type Alarming, alarm } from "../lib/alarm.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { auditEveryHours } from "./audit.ts";
import type { Credentials } from "./credentials.ts";

export interface AuditAlarmsArgs {
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
  /** The audit's first run: an alarm that comes before the metric it watches would ring at once. */
  credentials: Pick<Credentials, "auditRun">;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

const summaries = {
  overdue:
    "A secret's rotation is overdue by more than a day, or switched off; or RDS no longer rotates the master user's; or the audit itself no longer runs.",
  unused: "The API no longer fetches a secret that it needs to read; or the audit itself no longer runs.",
} as const;

/** Secrets that are older than they should be, and secrets that nobody reads. */
export class AuditAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: AuditAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:AuditAlarms", name, {}, opts);
    const namespace = dependingOn(args.metricNamespace, [args.credentials.auditRun]);
    this.alarms = (["overdue", "unused"] as const).map((trouble) =>
      alarm(
        `${name}-${trouble}`,
        {
          summary: summaries[trouble],
          runbook: "rotation-failed",
          topicArn: args.notifyTopicArn,
          namespace,
          metricName: auditMetrics[trouble],
          statistic: "Maximum",
          // Two audits: one that is late is no trouble, none in that time is.
          period: auditEveryHours * 2 * 3_600,
          comparisonOperator: "GreaterThanOrEqualToThreshold",
          threshold: 1,
          evaluationPeriods: 1,
          missing: {
            treat: "breaching",
            because: "the audit counts several times a day, zero included.",
          },
        },
        { parent: this },
      ),
    );
    this.registerOutputs();
  }
}
