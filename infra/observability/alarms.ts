import * as pulumi from "@pulumi/pulumi";
import { DatabaseAlarms } from "./database-alarms.ts";
import { HttpAlarms } from "./http-alarms.ts";
import { LogAlarms } from "./log-alarms.ts";
import { RotationAlarms } from "./rotation-alarms.ts";
import type { Topics } from "./topics.ts";

export interface AlarmsArgs {
  /** Name of the environment. */
  environment: string;
  topics: Pick<Topics, "pageTopicArn" | "notifyTopicArn" | "securityTopicArn">;
  /** Of the load balancer: `app/<name>/<id>`. */
  loadBalancerArnSuffix: pulumi.Input<string>;
  database: {
    /** Identifiers of the instance and of its read replicas. */
    identifiers: readonly string[];
    /** Size of the disk, GiB. */
    storageGb: number;
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
  };
}

/** Every alarm of the environment that is not kept beside what it watches. */
export class Alarms extends pulumi.ComponentResource {
  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Alarms", name, {}, opts);
    const { topics } = args;
    const parent = { parent: this };
    const metricNamespace = `Bulwark/${args.environment}`;
    new HttpAlarms(
      `${name}-http`,
      { loadBalancerArnSuffix: args.loadBalancerArnSuffix, pageTopicArn: topics.pageTopicArn },
      parent,
    );
    new DatabaseAlarms(
      `${name}-database`,
      {
        ...args.database,
        metricNamespace,
        pageTopicArn: topics.pageTopicArn,
        notifyTopicArn: topics.notifyTopicArn,
      },
      parent,
    );
    new LogAlarms(
      `${name}-log`,
      {
        ...args.api,
        metricNamespace,
        notifyTopicArn: topics.notifyTopicArn,
        securityTopicArn: topics.securityTopicArn,
      },
      parent,
    );
    new RotationAlarms(
      `${name}-rotation`,
      { ...args.rotation, notifyTopicArn: topics.notifyTopicArn },
      parent,
    );
    this.registerOutputs();
  }
}
