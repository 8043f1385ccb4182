import * as pulumi from "@pulumi/pulumi";
import { type Alarming, alarm } from "../lib/alarm.ts";

export interface NetworkAlarmsArgs {
  /** The NAT gateways. */
  natGatewayIds: readonly pulumi.Input<string>[];
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
}

/** Connections to the outside that fail because a NAT gateway has no port left. */
export class NetworkAlarms extends pulumi.ComponentResource implements Alarming {
  readonly alarms: Alarming["alarms"];

  constructor(
    name: string,
    { natGatewayIds, notifyTopicArn }: NetworkAlarmsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bulwark:observability:NetworkAlarms", name, {}, opts);
    const gateways = natGatewayIds.map((NatGatewayId, index) => ({
      id: `gateway${index + 1}`,
      metric: {
        namespace: "AWS/NATGateway",
        metricName: "ErrorPortAllocation",
        dimensions: { NatGatewayId },
        period: 300,
        stat: "Sum",
      },
    }));
    const ids = gateways.map(({ id }) => id).join(", ");
    this.alarms = [
      alarm(
        `${name}-nat-ports`,
        {
          summary: "A NAT gateway had no port left for a connection.",
          runbook: "nat-ports",
          topicArn: notifyTopicArn,
          metricQueries: [
            {
              id: "worst",
              label: "Connections without a port",
              expression: `MAX([${ids}])`,
              returnData: true,
            },
            ...gateways,
          ],
          comparisonOperator: "GreaterThanThreshold",
          threshold: 0,
          evaluationPeriods: 1,
          missing: { treat: "notBreaching", because: "a gateway that carries nothing lacks no port." },
        },
        { parent: this },
      ),
    ];
    this.registerOutputs();
  }
}
