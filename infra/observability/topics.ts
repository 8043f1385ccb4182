import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../account.ts";
import type { Environment } from "../config.ts";
import { policyDocument } from "../iam.ts";

export interface TopicsArgs {
  /** E-mail addresses of each topic. */
  settings: Environment["alarms"];
  account: Account;
  /** KMS key whose policy lets alarms publish. */
  keyArn: pulumi.Input<string>;
}

/** Who is told, by what it asks of them: get up now; look today; look with a suspicious eye. */
const audiences = ["page", "notify", "security"] as const;
type Audience = (typeof audiences)[number];

/** Services besides CloudWatch that tell about trouble: event rules, backups, budgets. */
const publishers = ["events.amazonaws.com", "backup.amazonaws.com", "budgets.amazonaws.com"];

/** The SNS topics that alarms go to. */
export class Topics extends pulumi.ComponentResource {
  readonly pageTopicArn: pulumi.Output<string>;
  readonly notifyTopicArn: pulumi.Output<string>;
  readonly securityTopicArn: pulumi.Output<string>;

  constructor(name: string, args: TopicsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:observability:Topics", name, {}, opts);
    const topic = (audience: Audience) => this.#topic(`${name}-${audience}`, args.settings[audience], args);
    this.pageTopicArn = topic("page");
    this.notifyTopicArn = topic("notify");
    this.securityTopicArn = topic("security");
    this.registerOutputs();
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
    // Event rules come without saying on whose behalf: a condition here would silence them.
    {
      Sid: "EventRulesAndNotices",
      Effect: "Allow",
      Principal: { Service: publishers },
      Action: "sns:Publish",
      Resource: topicArn,
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
