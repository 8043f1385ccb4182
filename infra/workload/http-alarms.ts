import * as pulumi from "@pulumi/pulumi";
import { type Alarming, alarm } from "../lib/alarm.ts";
import type { LoadBalancer } from "./ingress.ts";

export interface HttpAlarmsArgs {
  /** The load balancer of the API. */
  loadBalancer: LoadBalancer;
  /** Topic of those who get up for it. */
  pageTopicArn: pulumi.Input<string>;
}

/** Per cent of requests that may end in a server error. */
const mostErrors = 5;

/** What the people who use the API notice first. */
export class HttpAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: HttpAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:HttpAlarms", name, {}, opts);
    const serverErrors = alarm(
      `${name}-server-errors`,
      {
        summary: `More than ${mostErrors} % of requests end in a server error.`,
        runbook: "service-down",
        topicArn: args.pageTopicArn,
        metricQueries: serverErrorRate(args.loadBalancer.arnSuffix),
        comparisonOperator: "GreaterThanThreshold",
        threshold: mostErrors,
        // Three bad minutes of five: a single failed request of a quiet night wakes nobody.
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
        // No requests, no errors.
        treatMissingData: "notBreaching",
      },
      { parent: this },
    );
    this.alarmNames = [serverErrors.name];
    this.registerOutputs({ alarmNames: this.alarmNames });
  }
}

/**
 * Per cent of server errors in a minute. What the load balancer answers itself (no healthy target) is not among its
 * RequestCount, so it is added: when nothing is left that could answer, the rate is 100 and not undefined.
 */
function serverErrorRate(loadBalancer: pulumi.Input<string>) {
  const count = (id: string, metricName: string) => ({
    id,
    metric: {
      namespace: "AWS/ApplicationELB",
      metricName,
      dimensions: { LoadBalancer: loadBalancer },
      period: 60,
      stat: "Sum",
    },
  });
  return [
    {
      id: "rate",
      label: "Server errors, per cent of requests",
      expression: "100 * (FILL(target, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))",
      returnData: true,
    },
    count("target", "HTTPCode_Target_5XX_Count"),
    count("balancer", "HTTPCode_ELB_5XX_Count"),
    count("requests", "RequestCount"),
  ];
}
