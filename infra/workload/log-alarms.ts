import * as pulumi from "@pulumi/pulumi";
import { type LogEvent, logEvents } from "../../app/contract/log-events.ts";
import type { Environment } from "../config/schema.ts";
import { type Alarming, alarm, type LogAlarmArgs, logAlarm } from "../lib/alarm.ts";
import { eventPattern } from "./event-pattern.ts";

export interface LogAlarmsArgs {
  /** `bulwark:alarms.thresholds` of the configuration. */
  thresholds: Environment["alarms"]["thresholds"];
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Log group with what the API prints. */
  logGroupName: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
  /** Topic of those who look for attacks. */
  securityTopicArn: pulumi.Input<string>;
}

interface EventAlarm extends Pick<LogAlarmArgs, "runbook" | "metricName" | "most" | "periodSeconds"> {
  summary: string;
  event: LogEvent;
  audience: "notify" | "security";
}

const eventAlarms = ({
  failedSignInsPerMinute,
  rateLimitedPerMinute,
}: LogAlarmsArgs["thresholds"]): Record<string, EventAlarm> => ({
  "failed-logins": {
    event: logEvents.loginFailed,
    metricName: "FailedLogins",
    summary: `More than ${failedSignInsPerMinute} sign-ins a minute fail: somebody may be trying passwords.`,
    runbook: "failed-logins",
    audience: "security",
    periodSeconds: 60,
    most: failedSignInsPerMinute,
  },
  "rate-limited": {
    event: logEvents.rateLimited,
    metricName: "RateLimited",
    summary: `More than ${rateLimitedPerMinute} requests a minute are refused by rate limits.`,
    runbook: "rate-limit",
    audience: "security",
    periodSeconds: 60,
    most: rateLimitedPerMinute,
  },
  "secret-refresh": {
    event: logEvents.secretRefreshFailed,
    metricName: "SecretRefreshFailed",
    summary:
      "The API cannot read a secret again; it goes on with the value it has, until that is rotated away.",
    runbook: "rotation-failed",
    audience: "notify",
    periodSeconds: 300,
    most: 0,
  },
  "secret-refused": {
    event: logEvents.secretRefused,
    metricName: "SecretRefused",
    summary:
      "The database or the cache refuses a login that is what its secret says: it was changed behind the stack's back. Fix: npm run rotate -- ENVIRONMENT --repair.",
    runbook: "rotation-failed",
    audience: "security",
    periodSeconds: 300,
    most: 0,
  },
});

/** What the API itself tells in its log. */
export class LogAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: LogAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:LogAlarms", name, {}, opts);
    const topicArns = { notify: args.notifyTopicArn, security: args.securityTopicArn };
    const events = Object.entries(eventAlarms(args.thresholds));
    this.alarms = [
      ...events.map(([suffix, { event, audience, ...rest }]) =>
        logAlarm(
          `${name}-${suffix}`,
          {
            ...rest,
            topicArn: topicArns[audience],
            logGroupName: args.logGroupName,
            pattern: eventPattern(event),
            metricNamespace: args.metricNamespace,
          },
          { parent: this },
        ),
      ),
      this.#silence(`${name}-silence`, args),
    ];
    this.registerOutputs();
  }

  #silence(name: string, { logGroupName, notifyTopicArn }: LogAlarmsArgs) {
    return alarm(
      name,
      {
        summary: "No line of any pod has arrived for ten minutes: the alarms that read them are blind.",
        runbook: "silence",
        topicArn: notifyTopicArn,
        namespace: "AWS/Logs",
        metricName: "IncomingLogEvents",
        dimensions: { LogGroupName: logGroupName },
        statistic: "Sum",
        period: 300,
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        evaluationPeriods: 2,
        missing: { treat: "breaching", because: "each process of the API writes a line a minute." },
      },
      { parent: this },
    );
  }
}
