import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type LogEvent, logEvents } from "../../app/contract/log-events.ts";
import { alarm, type Runbook } from "../lib/alarm.ts";

export interface LogAlarmsArgs {
  /** Namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Log group with what the API prints. */
  logGroupName: pulumi.Input<string>;
  /** Kubernetes namespace of the API: others may print alike. */
  kubernetesNamespace: string;
  notifyTopicArn: pulumi.Input<string>;
  securityTopicArn: pulumi.Input<string>;
}

interface Watch {
  event: LogEvent;
  metricName: string;
  says: string;
  runbook: Runbook;
  audience: "notify" | "security";
  /** Seconds in which more than `most` are too many. */
  period: number;
  most: number;
}

const watches: Record<string, Watch> = {
  "failed-logins": {
    event: logEvents.loginFailed,
    metricName: "FailedLogins",
    says: "More than 10 sign-ins a minute fail: somebody may be trying passwords.",
    runbook: "failed-logins",
    audience: "security",
    period: 60,
    most: 10,
  },
  "rate-limited": {
    event: logEvents.rateLimited,
    metricName: "RateLimited",
    says: "More than 100 requests a minute are refused by rate limits.",
    runbook: "rate-limit",
    audience: "security",
    period: 60,
    most: 100,
  },
  "secret-refresh": {
    event: logEvents.secretRefreshFailed,
    metricName: "SecretRefreshFailed",
    says: "The API cannot read a secret again; it goes on with the value it has, until that is rotated away.",
    runbook: "rotation-failed",
    audience: "notify",
    period: 300,
    most: 0,
  },
  "secret-refused": {
    event: logEvents.secretRefused,
    metricName: "SecretRefused",
    says: "The database or the cache refuses a login that is what its secret says: it was changed behind the stack's back. Mend: npm run rotate -- ENVIRONMENT --repair.",
    runbook: "rotation-failed",
    audience: "security",
    period: 300,
    most: 0,
  },
};

/** What the API itself tells in its log. */
export class LogAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: LogAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:LogAlarms", name, {}, opts);
    for (const [suffix, watch] of Object.entries(watches)) this.#watch(`${name}-${suffix}`, watch, args);
    this.registerOutputs();
  }

  #watch(name: string, watch: Watch, args: LogAlarmsArgs) {
    new aws.cloudwatch.LogMetricFilter(
      name,
      {
        name,
        logGroupName: args.logGroupName,
        pattern: eventPattern(watch.event, args.kubernetesNamespace),
        metricTransformation: {
          name: watch.metricName,
          namespace: args.metricNamespace,
          value: "1",
          defaultValue: "0",
          unit: "Count",
        },
      },
      { parent: this },
    );
    alarm(
      name,
      {
        says: watch.says,
        runbook: watch.runbook,
        topicArn: watch.audience === "security" ? args.securityTopicArn : args.notifyTopicArn,
        watches: {
          namespace: args.metricNamespace,
          metricName: watch.metricName,
          statistic: "Sum",
          period: watch.period,
          comparisonOperator: "GreaterThanThreshold",
          threshold: watch.most,
          evaluationPeriods: 1,
          treatMissingData: "notBreaching",
        },
      },
      this,
    );
  }
}

/**
 * The CloudWatch filter for an event of the API's. The add-on's collector puts a line that is JSON under `log_processed`,
 * beside what Kubernetes knows of the pod.
 */
export function eventPattern({ type, event }: LogEvent, kubernetesNamespace: string): string {
  const terms = {
    "$.kubernetes.namespace_name": kubernetesNamespace,
    "$.log_processed.type": type,
    "$.log_processed.event": event,
  };
  return `{ ${Object.entries(terms)
    .map(([path, value]) => `(${path} = "${value}")`)
    .join(" && ")} }`;
}
