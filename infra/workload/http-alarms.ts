import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import { type Alarming, alarm, lasting, type NamedAlarm } from "../lib/alarm.ts";
import type { LoadBalancer } from "./ingress.ts";

export interface HttpAlarmsArgs {
  /** `bulwark:alarms.thresholds` of the configuration. */
  thresholds: Environment["alarms"]["thresholds"];
  /** Pods of the API at least. */
  replicas: number;
  /** The load balancer of the API. */
  loadBalancer: LoadBalancer;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

const noRequests = { treat: "notBreaching", because: "no requests, no slow ones." } as const;

/** What the people who use the API notice first. The outage's alarms tell of most of these (outage.ts). */
export class HttpAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];
  /** Those that mean that the API is down. */
  readonly down: readonly NamedAlarm[];
  /** Those that mean that it is slow, or short of pods. */
  readonly degraded: readonly NamedAlarm[];

  constructor(name: string, args: HttpAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:HttpAlarms", name, {}, opts);
    const { latencyP95Ms, latencyP99Ms, quietMinutes } = args.thresholds;
    const named = (suffix: string, make: (name: string) => NamedAlarm["alarm"]): NamedAlarm => ({
      name: `${name}-${suffix}`,
      alarm: make(`${name}-${suffix}`),
    });
    this.down = [
      named("server-errors", (each) => this.#serverErrors(each, args)),
      named("no-host", (each) => this.#noHealthyHost(each, args)),
    ];
    this.degraded = [
      named("few-hosts", (each) => this.#fewHosts(each, args)),
      named("latency-p95", (each) => this.#latency(each, args, 95, latencyP95Ms)),
      named("latency-p99", (each) => this.#latency(each, args, 99, latencyP99Ms)),
    ];
    this.alarms = [
      ...[...this.down, ...this.degraded].map(({ alarm: made }) => made),
      ...(quietMinutes > 0 ? [this.#quiet(`${name}-quiet`, args)] : []),
    ];
    this.registerOutputs();
  }

  #serverErrors(name: string, { thresholds, loadBalancer }: HttpAlarmsArgs) {
    return alarm(
      name,
      {
        summary: `More than ${thresholds.serverErrorPercent} % of requests end in a server error.`,
        runbook: "service-down",
        metricQueries: serverErrorRate(loadBalancer.arnSuffix),
        comparisonOperator: "GreaterThanThreshold",
        threshold: thresholds.serverErrorPercent,
        // Three bad minutes of five: a single failed request of a quiet night wakes nobody.
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
        missing: { treat: "notBreaching", because: "no requests, no errors." },
      },
      { parent: this },
    );
  }

  #noHealthyHost(name: string, { loadBalancer }: HttpAlarmsArgs) {
    return alarm(
      name,
      {
        summary: "The load balancer finds no pod that is ready.",
        runbook: "service-down",
        metricQueries: healthyHosts(loadBalancer.arnSuffix),
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        evaluationPeriods: 3,
        missing: { treat: "breaching", because: "the load balancer counts as long as it has a target." },
      },
      { parent: this },
    );
  }

  #fewHosts(name: string, { loadBalancer, replicas }: HttpAlarmsArgs) {
    return alarm(
      name,
      {
        summary: `For a quarter of an hour fewer than ${replicas} pods of the API have been ready.`,
        runbook: "service-down",
        metricQueries: healthyHosts(loadBalancer.arnSuffix),
        comparisonOperator: "LessThanThreshold",
        threshold: replicas,
        evaluationPeriods: 15,
        missing: { treat: "ignore", because: "the alarm of the outage tells that there is none." },
      },
      { parent: this },
    );
  }

  #latency(name: string, { loadBalancer }: HttpAlarmsArgs, percentile: number, mostMs: number) {
    return alarm(
      name,
      {
        summary: `For a quarter of an hour, ${100 - percentile} % of requests have taken longer than ${mostMs} ms.`,
        runbook: "service-down",
        namespace: "AWS/ApplicationELB",
        metricName: "TargetResponseTime",
        dimensions: { LoadBalancer: loadBalancer.arnSuffix },
        extendedStatistic: `p${percentile}`,
        // A few requests make no percentile.
        evaluateLowSampleCountPercentiles: "ignore",
        ...lasting("above", mostMs / 1_000, 15, noRequests),
      },
      { parent: this },
    );
  }

  #quiet(name: string, { thresholds, loadBalancer, notifyTopicArn }: HttpAlarmsArgs) {
    return alarm(
      name,
      {
        summary: `No request has arrived for ${thresholds.quietMinutes} minutes.`,
        runbook: "silence",
        topicArn: notifyTopicArn,
        namespace: "AWS/ApplicationELB",
        metricName: "RequestCount",
        dimensions: { LoadBalancer: loadBalancer.arnSuffix },
        statistic: "Sum",
        period: thresholds.quietMinutes * 60,
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        evaluationPeriods: 1,
        missing: {
          treat: "breaching",
          because: "without requests the load balancer counts none, not even zero.",
        },
      },
      { parent: this },
    );
  }
}

/** A query, since the target groups are the controller's: their names are not known here, and change with the Ingress. */
const healthyHosts = (loadBalancer: pulumi.Input<string>) => [
  {
    id: "hosts",
    label: "Pods that are ready",
    expression: pulumi.interpolate`SELECT MIN(HealthyHostCount) FROM SCHEMA("AWS/ApplicationELB", LoadBalancer, TargetGroup) WHERE LoadBalancer = '${loadBalancer}'`,
    period: 60,
    returnData: true,
  },
];

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
