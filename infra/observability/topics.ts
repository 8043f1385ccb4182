import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { dependingOn } from "../lib/dependencies.ts";
import { mayPublish, policyDocument, trustIn } from "../lib/iam.ts";

export interface TopicsArgs {
  /** E-mail addresses of each topic. */
  settings: Environment["alarms"];
  /** Where it is deployed to. */
  account: Account;
  /** KMS key whose policy lets alarms publish. */
  keyArn: pulumi.Input<string>;
}

/** Who is told, by what it asks of them: get up now; look today; look with a suspicious eye. */
const audiences = ["page", "notify", "security"] as const;
type Audience = (typeof audiences)[number];

/** The SNS topics that alarms and event rules tell. */
export class Topics extends pulumi.ComponentResource {
  readonly pageTopicArn: pulumi.Output<string>;
  readonly notifyTopicArn: pulumi.Output<string>;
  readonly securityTopicArn: pulumi.Output<string>;
  /** What EventBridge publishes with: once it can be taken on. */
  readonly eventRoleArn: pulumi.Output<string>;

  constructor(name: string, args: TopicsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Topics", name, {}, opts);
    const topic = (audience: Audience) => this.#topic(`${name}-${audience}`, args.settings[audience], args);
    this.pageTopicArn = topic("page");
    this.notifyTopicArn = topic("notify");
    this.securityTopicArn = topic("security");
    this.eventRoleArn = this.#eventRole(`${name}-events`, args);
    this.registerOutputs({
      pageTopicArn: this.pageTopicArn,
      notifyTopicArn: this.notifyTopicArn,
      securityTopicArn: this.securityTopicArn,
      eventRoleArn: this.eventRoleArn,
    });
  }

  /**
   * EventBridge names no source when it publishes by a topic's policy: SNS and KMS then know no condition that ties it to this
   * account. A role's trust does.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
   */
  #eventRole(name: string, { account, keyArn }: TopicsArgs): pulumi.Output<string> {
    const { accountId, partition, region } = account;
    const role = new aws.iam.Role(
      name,
      {
        description: "EventBridge tells topics of events",
        assumeRolePolicy: trustIn("events.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: {
            "aws:SourceArn": pulumi.interpolate`arn:${partition}:events:${region}:${accountId}:rule/*`,
          },
        }),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      name,
      {
        role: role.id,
        policy: policyDocument(
          ...mayPublish([this.pageTopicArn, this.notifyTopicArn, this.securityTopicArn], keyArn, region),
        ),
      },
      { parent: this },
    );
    return dependingOn(role.arn, [policy]);
  }

  #topic(name: string, addresses: readonly string[], { account, keyArn }: TopicsArgs) {
    const topic = new aws.sns.Topic(name, { kmsMasterKeyId: keyArn }, { parent: this });
    new aws.sns.TopicPolicy(
      name,
      { arn: topic.arn, policy: topicPolicy(topic.arn, account) },
      { parent: this },
    );
    for (const address of new Set(addresses)) {
      new aws.sns.TopicSubscription(
        `${name}-${address}`,
        { topic: topic.arn, protocol: "email", endpoint: address },
        { parent: this },
      );
    }
    return topic.arn;
  }
}

function topicPolicy(topicArn: pulumi.Output<string>, { accountId, partition, region }: Account) {
  return policyDocument(
    {
      Sid: "AlarmsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: {
          "aws:SourceArn": pulumi.interpolate`arn:${partition}:cloudwatch:${region}:${accountId}:alarm:*`,
        },
      },
    },
    {
      Sid: "DatabaseEventsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "events.rds.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:rds:${region}:${accountId}:*` },
      },
    },
    {
      Sid: "BudgetsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "budgets.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:budgets::${accountId}:*` },
      },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
}
