import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { policyDocument } from "../lib/iam.ts";
import { visible, webAclRules } from "./web-acl-rules.ts";

export interface WebAclArgs {
  /** `bulwark:edge` of the configuration. */
  settings: Environment["edge"];
  /** The API's own limit of a body, and of a file that is imported, bytes. */
  bodyLimitBytes: number;
  importLimitBytes: number;
  /** Where it is deployed to. */
  account: Account;
  /** KMS key of the log. */
  keyArn: pulumi.Input<string>;
}

/** The web application firewall in front of the load balancer, and the log of what it blocked or would have blocked. */
export class WebAcl extends pulumi.ComponentResource {
  readonly webAclArn: pulumi.Output<string>;
  /** Name of the metric that counts blocked requests. */
  readonly metricName: string;
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: WebAclArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:edge:WebAcl", name, {}, opts);
    const { settings, bodyLimitBytes, importLimitBytes } = args;
    const acl = new aws.wafv2.WebAcl(
      name,
      {
        description: "What may reach the load balancer of the API",
        scope: "REGIONAL",
        defaultAction: { allow: {} },
        rules: webAclRules({
          rateLimit: settings.wafRateLimit,
          block: settings.wafBlock,
          bodyLimitBytes,
          importLimitBytes,
        }),
        visibilityConfig: visible(name),
      },
      { parent: this },
    );
    const group = this.#log(name, acl, args);
    this.webAclArn = acl.arn;
    this.metricName = name;
    this.logGroupName = group.name;
    this.registerOutputs({
      webAclArn: this.webAclArn,
      metricName: this.metricName,
      logGroupName: this.logGroupName,
    });
  }

  #log(name: string, acl: aws.wafv2.WebAcl, { settings, account, keyArn }: WebAclArgs) {
    const group = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      // AWS WAF writes only to groups whose name begins like this.
      { name: `aws-waf-logs-${name}`, retentionInDays: settings.wafLogRetentionDays, kmsKeyId: keyArn },
      { parent: this },
    );
    const delivery = new aws.cloudwatch.LogResourcePolicy(
      `${name}-logs`,
      { policyName: `${name}-waf-logs`, policyDocument: deliveryPolicy(group.arn, account) },
      { parent: this },
    );
    new aws.wafv2.WebAclLoggingConfiguration(
      `${name}-logs`,
      {
        resourceArn: acl.arn,
        logDestinationConfigs: [group.arn],
        // Requests that pass are in the load balancer's log; here only what a rule caught.
        loggingFilter: {
          defaultBehavior: "DROP",
          filters: [
            {
              behavior: "KEEP",
              requirement: "MEETS_ANY",
              conditions: ["BLOCK", "COUNT"].map((action) => ({ actionCondition: { action } })),
            },
          ],
        },
        redactedFields: ["authorization", "cookie", "x-api-key"].map((header) => ({
          singleHeader: { name: header },
        })),
      },
      { parent: this, dependsOn: [delivery] },
    );
    return group;
  }
}

function deliveryPolicy(groupArn: pulumi.Output<string>, { accountId, partition, region }: Account) {
  return policyDocument({
    Sid: "WebAclLogs",
    Effect: "Allow",
    Principal: { Service: "delivery.logs.amazonaws.com" },
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: pulumi.interpolate`${groupArn}:*`,
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:*` },
    },
  });
}
