import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Alarming, definitionOf } from "../lib/alarm.ts";
import { dashboardBody } from "./dashboard-body.ts";

export interface DashboardArgs {
  /** Region of the metrics. */
  region: string;
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Dimension of the load balancer's metrics. */
  loadBalancer: pulumi.Input<string>;
  /** Log group with what the API prints. */
  logGroupName: pulumi.Input<string>;
  /** Vault of the backups. */
  backupVaultName: pulumi.Input<string>;
  /** USD a month. Default: no line. */
  monthlyBudgetUsd: number | undefined;
  /** All alarms: their metrics are the graphs, their thresholds the lines. */
  alarms: Alarming["alarms"];
}

/** The environment on one screen, drawn from the alarms' own definitions. */
export class Dashboard extends pulumi.ComponentResource {
  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Dashboard", name, {}, opts);
    const { alarms, ...facts } = args;
    const alarmArns = pulumi.all(alarms.map(({ arn }) => arn));
    const measured = pulumi.all(
      alarms.flatMap((made) => ("alarmName" in made ? [] : [pulumi.output(definitionOf(made))])),
    );
    new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: name,
        dashboardBody: pulumi
          .all([pulumi.output({ ...facts, alarmArns }), measured])
          .apply(([known, definitions]) => JSON.stringify(dashboardBody(known, definitions))),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
