import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { bundledFunction } from "./bundle.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { dependingOn } from "./dependencies.ts";
import { policyDocument, trustIn } from "./iam.ts";

/** What all functions beside the data share. */
export interface FunctionSetting {
  /** Where it is deployed to. */
  account: Account;
  /** The VPC of the security groups. */
  vpcId: pulumi.Input<string>;
  /** Isolated subnets: the functions hold the database's keys and reach nothing but what is named. */
  subnetIds: readonly pulumi.Input<string>[];
  /** Security group of AWS's interface endpoints in the VPC. */
  endpointSecurityGroupId: pulumi.Input<string>;
  /** The VPC's emptied default group: where network interfaces wait while AWS takes up to 40 minutes to remove them. */
  parkingSecurityGroupId: pulumi.Input<string>;
  /** KMS key of logs, environment and dead letters. */
  dataKeyArn: pulumi.Input<string>;
  /** Keeps what a function could not do. */
  deadLetters: DeadLetters;
  /** Days. */
  logRetentionDays: number;
  /** Whether one execution is set aside for each function. */
  reservedConcurrency: boolean;
}

/** Something in the VPC that a function connects to. */
export interface Destination {
  /** Names the rules: `mysql`. */
  what: string;
  /** Security group of the destination. */
  securityGroupId: pulumi.Input<string>;
  /** TCP port. */
  port: number;
  /** Opens the destination's own side. Default: it is open to the VPC. */
  admit?: (who: string, securityGroupId: pulumi.Input<string>) => pulumi.Resource;
}

export interface VpcFunctionArgs extends FunctionSetting {
  /** Folder under infra/functions. */
  code: string;
  /** What the function does, in the Lambda console. */
  description: string;
  /** Environment variables. */
  environment: Record<string, pulumi.Input<string>>;
  /** What the function may do besides logging and having network interfaces. */
  statements: readonly aws.iam.PolicyStatement[];
  /** What it connects to besides AWS's endpoints. */
  destinations: readonly Destination[];
  /** Seconds, at most 900. Default 300. */
  timeoutSeconds?: number;
}

/** A Lambda function in the isolated subnets, with a role, a security group, a log group and dead letters of its own. */
export class VpcFunction extends pulumi.ComponentResource {
  readonly functionArn: pulumi.Output<string>;
  readonly functionName: string;
  readonly logGroupName: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: VpcFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:VpcFunction", name, {}, opts);
    const logs = new aws.cloudwatch.LogGroup(
      name,
      { name: `/aws/lambda/${name}`, retentionInDays: args.logRetentionDays, kmsKeyId: args.dataKeyArn },
      { parent: this },
    );
    const { role, policy } = this.#role(name, args, logs);
    const { group, rules } = this.#securityGroup(name, args);
    const lambda = new aws.lambda.Function(
      name,
      {
        name,
        description: args.description,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.handler",
        code: bundledFunction(args.code),
        role: role.arn,
        timeout: args.timeoutSeconds ?? 300,
        memorySize: 512,
        // One at a time: two rotations of one family at once would fight over the same users.
        reservedConcurrentExecutions: args.reservedConcurrency ? 1 : undefined,
        environment: { variables: args.environment },
        kmsKeyArn: args.dataKeyArn,
        vpcConfig: { subnetIds: [...args.subnetIds], securityGroupIds: [group.id] },
        replaceSecurityGroupsOnDestroy: true,
        replacementSecurityGroupIds: [args.parkingSecurityGroupId],
        deadLetterConfig: { targetArn: args.deadLetters.queueArn },
        tracingConfig: { mode: "Active" },
        loggingConfig: {
          logFormat: "JSON",
          logGroup: logs.name,
          applicationLogLevel: "INFO",
          systemLogLevel: "INFO",
        },
      },
      // Lambda checks the role's rights when the function is made; its first call needs the way to what it calls.
      { parent: this, dependsOn: [policy] },
    );
    this.functionArn = dependingOn(lambda.arn, rules);
    this.functionName = name;
    this.logGroupName = logs.name;
    this.roleArn = role.arn;
    this.registerOutputs({
      functionArn: this.functionArn,
      functionName: this.functionName,
      logGroupName: this.logGroupName,
      roleArn: this.roleArn,
    });
  }

  #role(name: string, args: VpcFunctionArgs, logs: aws.cloudwatch.LogGroup) {
    const role = new aws.iam.Role(
      name,
      {
        description: args.description,
        assumeRolePolicy: trustIn("lambda.amazonaws.com"),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      name,
      { role: role.id, policy: policyDocument(...everyFunctionMay(name, args, logs), ...args.statements) },
      { parent: this },
    );
    return { role, policy };
  }

  #securityGroup(name: string, args: VpcFunctionArgs) {
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.vpcId, description: `${name}: outwards to named groups only, nothing inwards` },
      { parent: this },
    );
    const endpoints = { what: "aws", securityGroupId: args.endpointSecurityGroupId, port: 443 };
    const rules = [endpoints, ...args.destinations].flatMap(
      ({ what, securityGroupId, port, admit }: Destination) => [
        new aws.vpc.SecurityGroupEgressRule(
          `${name}-to-${what}`,
          {
            securityGroupId: group.id,
            referencedSecurityGroupId: securityGroupId,
            description: `${what}, TCP ${port}`,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
          },
          { parent: this },
        ),
        ...(admit === undefined ? [] : [admit(args.code, group.id)]),
      ],
    );
    return { group, rules };
  }
}

/** Writing its log, tracing, having network interfaces, leaving dead letters, reading its environment. */
function everyFunctionMay(
  name: string,
  { account, deadLetters, dataKeyArn }: VpcFunctionArgs,
  logs: aws.cloudwatch.LogGroup,
): aws.iam.PolicyStatement[] {
  const networkInterfaces = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const own = pulumi.interpolate`arn:${account.partition}:lambda:${account.region}:${account.accountId}:function:${name}`;
  return [
    {
      Sid: "Log",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: pulumi.interpolate`${logs.arn}:*`,
    },
    // These actions know no resource: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    { Sid: "NetworkInterfaces", Effect: "Allow", Action: networkInterfaces, Resource: "*" },
    // They are for the Lambda service that sets the function up, not for the function's code.
    {
      Sid: "NotFromCode",
      Effect: "Deny",
      Action: networkInterfaces,
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": own } },
    },
    {
      Sid: "Trace",
      Effect: "Allow",
      Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      Resource: "*",
    },
    { Sid: "DeadLetters", Effect: "Allow", Action: "sqs:SendMessage", Resource: deadLetters.queueArn },
    // The function's own environment: Lambda names the function in the encryption context of every call.
    {
      Sid: "Environment",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: dataKeyArn,
      Condition: { StringEquals: { "kms:EncryptionContext:aws:lambda:FunctionArn": own } },
    },
    // A sender's key permissions are used by SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    {
      Sid: "DeadLetterKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: dataKeyArn,
      Condition: { StringEquals: { "kms:ViaService": `sqs.${account.region}.amazonaws.com` } },
    },
  ];
}
