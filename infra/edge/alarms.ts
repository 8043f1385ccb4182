import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { type Alarming, alarm, moreThan } from "../lib/alarm.ts";

export interface EdgeAlarmsArgs {
  /** `bulwark:alarms.thresholds` of the configuration. */
  thresholds: Environment["alarms"]["thresholds"];
  /** Name of the firewall's metric. */
  webAclMetricName: string;
  /** Region of the firewall. */
  region: string;
  /** Of the API's certificate. Default: none, and no alarm of it. */
  certificateArn: pulumi.Input<string> | undefined;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
  /** Topic of those who look for attacks. */
  securityTopicArn: pulumi.Input<string>;
}

/** What is refused at the door, and how long its certificate lasts. */
export class EdgeAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(name: string, args: EdgeAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:EdgeAlarms", name, {}, opts);
    const { certificateArn } = args;
    this.alarms = [
      this.#blocked(`${name}-blocked`, args),
      ...(certificateArn === undefined
        ? []
        : [this.#certificate(`${name}-certificate`, args, certificateArn)]),
    ];
    this.registerOutputs();
  }

  #blocked(name: string, { thresholds, webAclMetricName, region, securityTopicArn }: EdgeAlarmsArgs) {
    return alarm(
      name,
      {
        summary: `The firewall blocked more than ${thresholds.wafBlockedPer5Minutes} requests in five minutes.`,
        runbook: "rate-limit",
        topicArn: securityTopicArn,
        namespace: "AWS/WAFV2",
        metricName: "BlockedRequests",
        dimensions: { WebACL: webAclMetricName, Region: region, Rule: "ALL" },
        statistic: "Sum",
        ...moreThan(thresholds.wafBlockedPer5Minutes, 300, {
          treat: "notBreaching",
          because: "the firewall counts only what it blocks.",
        }),
      },
      { parent: this },
    );
  }

  #certificate(
    name: string,
    { thresholds, notifyTopicArn }: EdgeAlarmsArgs,
    CertificateArn: pulumi.Input<string>,
  ) {
    return alarm(
      name,
      {
        summary: `The certificate expires in less than ${thresholds.certificateDays} days, and ACM has not renewed it.`,
        runbook: "certificate",
        topicArn: notifyTopicArn,
        namespace: "AWS/CertificateManager",
        metricName: "DaysToExpiry",
        dimensions: { CertificateArn },
        statistic: "Minimum",
        period: 86_400,
        comparisonOperator: "LessThanThreshold",
        threshold: thresholds.certificateDays,
        evaluationPeriods: 1,
        missing: {
          treat: "ignore",
          because: "a new certificate has no figure on its first day, and an expired one has none any more.",
        },
      },
      { parent: this },
    );
  }
}
