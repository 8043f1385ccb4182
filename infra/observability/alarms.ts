import * as pulumi from "@pulumi/pulumi";
import { DatabaseAlarms } from "../database/alarms.ts";
import type { Alarming } from "../lib/alarm.ts";
import { AuditAlarms } from "../secrets/audit-alarms.ts";
import { RotationAlarms } from "../secrets/rotation-alarms.ts";
import { RotationEvents } from "../secrets/rotation-events.ts";
import { HttpAlarms } from "../workload/http-alarms.ts";
import { LogAlarms } from "../workload/log-alarms.ts";
import type { Topics } from "./topics.ts";

export interface AlarmsArgs {
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
  topics: Pick<Topics, "pageTopicArn" | "notifyTopicArn" | "securityTopicArn" | "eventRoleArn">;
  /** Of the load balancer: `app/<name>/<id>`. */
  loadBalancerArnSuffix: pulumi.Input<string>;
  database: {
    /** Identifier of the instance. */
    identifier: string;
    /** Size of the disk as RDS has it, GiB. */
    allocatedGb: pulumi.Input<number>;
    slowQueryLogGroupName: pulumi.Input<string>;
  };
  api: {
    /** Log group with what the API prints. */
    logGroupName: pulumi.Input<string>;
    /** Its namespace in Kubernetes. */
    kubernetesNamespace: string;
  };
  rotation: {
    functionNames: readonly string[];
    deadLetterQueueNames: readonly pulumi.Input<string>[];
    /** ARNs of the secrets that rotate. */
    secretArns: readonly pulumi.Input<string>[];
    /** The first run of the audit of secrets. */
    audited: pulumi.Resource;
  };
}

/** Every alarm of the environment that is not kept beside what it watches. */
export class Alarms extends pulumi.ComponentResource implements Alarming {
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Alarms", name, {}, opts);
    const { topics, metricNamespace } = args;
    const parent = { parent: this };
    const http = new HttpAlarms(
      `${name}-http`,
      { loadBalancerArnSuffix: args.loadBalancerArnSuffix, pageTopicArn: topics.pageTopicArn },
      parent,
    );
    const database = new DatabaseAlarms(
      `${name}-database`,
      {
        ...args.database,
        metricNamespace,
        pageTopicArn: topics.pageTopicArn,
        notifyTopicArn: topics.notifyTopicArn,
      },
      parent,
    );
    const log = new LogAlarms(
      `${name}-log`,
      {
        ...args.api,
        metricNamespace,
        notifyTopicArn: topics.notifyTopicArn,
        securityTopicArn: topics.securityTopicArn,
      },
      parent,
    );
    const rotation = new RotationAlarms(
      `${name}-rotation`,
      { ...args.rotation, notifyTopicArn: topics.notifyTopicArn },
      parent,
    );
    new RotationEvents(
      `${name}-rotation-events`,
      {
        secretArns: args.rotation.secretArns,
        notifyTopicArn: topics.notifyTopicArn,
        eventRoleArn: topics.eventRoleArn,
      },
      parent,
    );
    const audit = new AuditAlarms(
      `${name}-secrets`,
      { metricNamespace, notifyTopicArn: topics.notifyTopicArn, after: args.rotation.audited },
      parent,
    );
    this.alarmNames = [http, database, log, rotation, audit].flatMap(({ alarmNames }) => alarmNames);
    this.registerOutputs();
  }
}
