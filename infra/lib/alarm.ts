import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Procedures in docs/runbooks, one file each. */
export type Runbook =
  | "service-down"
  | "slow-database"
  | "disk-full"
  | "failed-logins"
  | "rotation-failed"
  | "rate-limit"
  | "asleep";

export interface AlarmArgs {
  /** What is wrong when it rings, in a sentence for somebody just woken. */
  says: string;
  /** What to do about it. */
  runbook: Runbook;
  /** Who is told, also when it is over. */
  topicArn: pulumi.Input<string>;
  /** What is measured and how much is too much. */
  watches: Pick<
    aws.cloudwatch.MetricAlarmArgs,
    | "namespace"
    | "metricName"
    | "dimensions"
    | "statistic"
    | "period"
    | "metricQueries"
    | "comparisonOperator"
    | "threshold"
    | "evaluationPeriods"
    | "datapointsToAlarm"
    | "treatMissingData"
  >;
}

/** A CloudWatch alarm that says what is wrong and names the procedure, and tells when it is over. */
export function alarm(name: string, args: AlarmArgs, parent: pulumi.Resource): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      name,
      alarmDescription: `${args.says} Runbook: docs/runbooks/${args.runbook}.md`,
      alarmActions: [args.topicArn],
      okActions: [args.topicArn],
      ...args.watches,
    },
    { parent },
  );
}
