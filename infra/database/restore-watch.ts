import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { mayPublish, policyDocument, trustIn } from "../lib/iam.ts";
import { withRunbook } from "../lib/runbook.ts";

export interface RestoreWatchArgs {
  /** The plan whose tests are looked for. */
  restoreTestPlanArn: pulumi.Input<string>;
  /** Where it is deployed to. */
  account: Account;
  /** Topic that is told. */
  topicArn: pulumi.Input<string>;
  /** KMS key of the topic. */
  keyArn: pulumi.Input<string>;
}

/** A month and a day: the restore test runs on the second of every month. */
const longestDays = 32;
const message = withRunbook(
  `No restore test of the backups has ended well for ${longestDays} days: it was not started, or this look for it failed.`,
  "restore",
);

/**
 * Tells a topic when no restore test has ended well for 32 days. A test that never starts sends no event, and an alarm looks
 * back seven days at most, so a state machine asks AWS Backup, the day after the test.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (EvaluationPeriods)
 */
export class RestoreWatch extends pulumi.ComponentResource {
  constructor(name: string, args: RestoreWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:database:RestoreWatch", name, {}, opts);
    const machine = this.#machine(name, args);
    const rule = new aws.cloudwatch.EventRule(
      name,
      {
        description: "Looks whether the monthly restore test has been",
        scheduleExpression: "cron(0 20 3 * ? *)",
      },
      { parent: this },
    );
    const start = this.#role(`${name}-start`, "Starts the look for a restore test", "events", args, [
      { Sid: "Start", Effect: "Allow", Action: "states:StartExecution", Resource: machine.arn },
    ]);
    new aws.cloudwatch.EventTarget(
      name,
      { rule: rule.name, arn: machine.arn, roleArn: start },
      { parent: this },
    );
    this.registerOutputs();
  }

  #machine(name: string, args: RestoreWatchArgs) {
    const { account, keyArn, topicArn } = args;
    const roleArn = this.#role(
      name,
      "Looks for a restore test and tells when there was none",
      "states",
      args,
      [
        { Sid: "Look", Effect: "Allow", Action: "backup:ListRestoreJobs", Resource: "*" },
        ...mayPublish([topicArn], keyArn, account.region),
      ],
    );
    return new aws.sfn.StateMachine(
      name,
      { roleArn, definition: pulumi.jsonStringify(definition(args)) },
      { parent: this },
    );
  }

  #role(
    name: string,
    description: string,
    service: "events" | "states",
    { account }: RestoreWatchArgs,
    statements: aws.iam.PolicyStatement[],
  ): pulumi.Output<string> {
    const role = new aws.iam.Role(
      name,
      {
        description,
        assumeRolePolicy: trustIn(`${service}.amazonaws.com`, {
          StringEquals: { "aws:SourceAccount": account.accountId },
        }),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      name,
      { role: role.id, policy: policyDocument(...statements) },
      { parent: this },
    );
    return dependingOn(role.arn, [policy]);
  }
}

/** In the Amazon States Language, with JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
const definition = ({ account: { partition }, restoreTestPlanArn, topicArn }: RestoreWatchArgs) => ({
  QueryLanguage: "JSONata",
  StartAt: "Look",
  States: {
    Look: {
      Type: "Task",
      Resource: pulumi.interpolate`arn:${partition}:states:::aws-sdk:backup:listRestoreJobs`,
      Arguments: {
        ByRestoreTestingPlanArn: restoreTestPlanArn,
        ByStatus: "COMPLETED",
        ByCreatedAfter: `{% $fromMillis($millis() - ${longestDays * 86_400_000}) %}`,
      },
      Output: { found: "{% $count($states.result.RestoreJobs) %}" },
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Tell" }],
      Next: "Found",
    },
    Found: {
      Type: "Choice",
      Choices: [{ Condition: "{% $states.input.found > 0 %}", Next: "Proven" }],
      Default: "Tell",
    },
    Proven: { Type: "Succeed" },
    Tell: {
      Type: "Task",
      Resource: pulumi.interpolate`arn:${partition}:states:::sns:publish`,
      Arguments: { TopicArn: topicArn, Message: message },
      End: true,
    },
  },
});
