import * as pulumi from "@pulumi/pulumi";
import { type LogEvent, logEvents } from "../../app/contract/log-events.ts";
import { type Alarming, type LogAlarmArgs, logAlarm } from "../lib/alarm.ts";
import { namespace } from "../lib/kubernetes-names.ts";

export interface LogAlarmsArgs {
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Log group with what the API prints. */
  logGroupName: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
  /** Topic of those who look for attacks. */
  securityTopicArn: pulumi.Input<string>;
}

interface EventAlarm
  extends Pick<LogAlarmArgs, "summary" | "runbook" | "metricName" | "most" | "periodSeconds"> {
  event: LogEvent;
  audience: "notify" | "security";
}

const eventAlarms: Record<string, EventAlarm> = {
  "failed-logins": {
    event: logEvents.loginFailed,
    metricName: "FailedLogins",
    summary: "More than 10 sign-ins a minute fail: somebody may be trying passwords.",
    runbook: "failed-logins",
    audience: "security",
    periodSeconds: 60,
    most: 10,
  },
  "rate-limited": {
    event: logEvents.rateLimited,
    metricName: "RateLimited",
    summary: "More than 100 requests a minute are refused by rate limits.",
    runbook: "rate-limit",
    audience: "security",
    periodSeconds: 60,
    most: 100,
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
};

/** What the API itself tells in its log. */
export class LogAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: LogAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:LogAlarms", name, {}, opts);
    const topicArns = { notify: args.notifyTopicArn, security: args.securityTopicArn };
    const alarms = Object.entries(eventAlarms).map(([suffix, { event, audience, ...rest }]) =>
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
    );
    this.alarmNames = alarms.map((made) => made.name);
    this.registerOutputs({ alarmNames: this.alarmNames });
  }
}

/**
 * The CloudWatch filter for an event of the API's. The add-on's collector puts a line that is JSON under `log_processed`,
 * beside what Kubernetes knows of the pod.
 */
function eventPattern({ type, event }: LogEvent): string {
  const terms = {
    // Other namespaces may print alike.
    "$.kubernetes.namespace_name": namespace,
    "$.log_processed.type": type,
    "$.log_processed.event": event,
  };
  return `{ ${Object.entries(terms)
    .map(([path, value]) => `(${path} = "${value}")`)
    .join(" && ")} }`;
}
