import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/schema.ts";
import type { Account } from "../lib/account.ts";
import { alarm, moreThan } from "../lib/alarm.ts";
import { DeadLetters } from "../lib/dead-letters.ts";
import { mayPublish } from "../lib/iam.ts";
import { schedulerRole } from "../lib/scheduler-role.ts";
import type { FunctionSetting } from "../lib/vpc-function.ts";
import { cronOnDays, durationOf, minutesOf, type OnHours, offHoursOf } from "../lib/week.ts";
import { expiryOf } from "./expiry.ts";
import { PowerSwitch, type PowerSwitchArgs } from "./power-switch.ts";

export interface EnvironmentScheduleArgs {
  /** Name of the environment. */
  environment: string;
  /** `bulwark:schedule` of the configuration. */
  settings: NonNullable<Environment["schedule"]>;
  /** Where it is deployed to. */
  account: Account;
  /** The database that is stopped and started. */
  database: {
    /** Identifier of the instance. */
    identifier: string;
    /** ARN of the instance. */
    instanceArn: pulumi.Input<string>;
  };
  /** What is switched, and how the function that does it stands in the network. */
  power: Omit<PowerSwitchArgs, "functions"> & { functions: Omit<FunctionSetting, "deadLetters"> };
  /** KMS key of the schedules, dead letters and topics. */
  keyArn: pulumi.Input<string>;
  /** Topic of those who look within the day. */
  notifyTopicArn: pulumi.Input<string>;
  /** Names of the alarms that the night's silence would set off; AWS mutes at most 100 by a rule. */
  alarmNames: readonly pulumi.Input<string>[];
}

/** The database is started so long before its workload, minutes: it takes five to ten. */
const databaseLeadMinutes = 20;
/** And stopped so long after it: pods drain first. */
const databaseLagMinutes = 10;
/** Alarms stay quiet until nodes and pods are there, minutes. */
const morningMinutes = 30;

/**
 * The off hours of an environment, and when its time is up. Off: no pods, no nodes, the database stopped (RDS starts it again
 * after seven days by itself; every evening of an on day stops it anew), alarms muted. What runs all the same, and is paid for:
 * control plane, NAT gateway, endpoints, load balancer, cache, disks.
 */
export class EnvironmentSchedule extends pulumi.ComponentResource {
  constructor(name: string, args: EnvironmentScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:schedule:EnvironmentSchedule", name, {}, opts);
    const { onHours } = args.settings;
    const group = new aws.scheduler.ScheduleGroup(name, { name }, { parent: this });
    if (onHours !== undefined) {
      const power = this.#powerSwitch(`${name}-power`, args);
      const role = this.#role(name, args, power.functionArn);
      this.#workload(name, args, onHours, group, role, power);
      this.#database(name, args, onHours, group, role);
      this.#muteOffHours(name, args.alarmNames, onHours);
      this.#tellsOfFailure(name, args, power);
    }
    this.#expiry(name, args, group);
    this.registerOutputs();
  }

  #powerSwitch(name: string, { power, keyArn }: EnvironmentScheduleArgs): PowerSwitch {
    const deadLetters = new DeadLetters(`${name}-dead-letters`, { keyArn }, { parent: this });
    return new PowerSwitch(
      name,
      { ...power, functions: { ...power.functions, deadLetters } },
      { parent: this },
    );
  }

  #workload(
    name: string,
    args: EnvironmentScheduleArgs,
    onHours: OnHours,
    group: aws.scheduler.ScheduleGroup,
    role: pulumi.Output<string>,
    { functionArn }: PowerSwitch,
  ) {
    // The names of events and schedules stay: people have them in their state.
    const times = { awake: minutesOf(onHours.from), asleep: minutesOf(onHours.to) };
    for (const [to, minutes] of Object.entries(times)) {
      this.#schedule(`${name}-${to}`, args, group, cronOnDays(onHours, minutes), onHours.timezone, {
        arn: functionArn,
        roleArn: role,
        input: JSON.stringify({ to }),
      });
    }
  }

  #database(
    name: string,
    args: EnvironmentScheduleArgs,
    onHours: OnHours,
    group: aws.scheduler.ScheduleGroup,
    role: pulumi.Output<string>,
  ) {
    const times = {
      start: minutesOf(onHours.from) - databaseLeadMinutes,
      stop: minutesOf(onHours.to) + databaseLagMinutes,
    };
    for (const [verb, minutes] of Object.entries(times)) {
      this.#schedule(
        `${name}-database-${verb}`,
        args,
        group,
        cronOnDays(onHours, minutes),
        onHours.timezone,
        {
          arn: pulumi.interpolate`arn:${args.account.partition}:scheduler:::aws-sdk:rds:${verb}DBInstance`,
          roleArn: role,
          // Spelt as EventBridge Scheduler spells it; the RDS API itself says DBInstanceIdentifier.
          input: JSON.stringify({ DbInstanceIdentifier: args.database.identifier }),
          // While it is being backed up or changed it cannot be stopped: asked again for an hour.
          retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 20 },
        },
      );
    }
  }

  #schedule(
    name: string,
    { keyArn }: EnvironmentScheduleArgs,
    group: aws.scheduler.ScheduleGroup,
    scheduleExpression: string,
    scheduleExpressionTimezone: string,
    target: aws.types.input.scheduler.ScheduleTarget,
  ) {
    new aws.scheduler.Schedule(
      name,
      {
        name,
        groupName: group.name,
        scheduleExpression,
        scheduleExpressionTimezone,
        flexibleTimeWindow: { mode: "OFF" },
        kmsKeyArn: keyArn,
        target,
      },
      { parent: this },
    );
  }

  /** Muted by the clock and not by the switch: what is not up in the morning is told, whatever kept it. */
  #muteOffHours(name: string, quiet: readonly pulumi.Input<string>[], onHours: OnHours) {
    const evening = minutesOf(onHours.to);
    for (const { days, minutes } of offHoursOf(onHours)) {
      const suffix = days.join("-");
      new aws.cloudwatch.AlarmMuteRule(
        `${name}-quiet-${suffix}`,
        {
          name: `${name}-quiet-${suffix}`,
          description: "The environment is asleep",
          rule: {
            schedule: {
              expression: `cron(${evening % 60} ${Math.floor(evening / 60)} * * ${days.join(",").toUpperCase()})`,
              duration: durationOf(minutes + morningMinutes),
              timezone: onHours.timezone,
            },
          },
          muteTargets: { alarmNames: [...quiet] },
        },
        { parent: this },
      );
    }
  }

  #tellsOfFailure(name: string, { notifyTopicArn }: EnvironmentScheduleArgs, { functionName }: PowerSwitch) {
    alarm(
      `${name}-power-errors`,
      {
        summary: "The environment could not be switched off or on.",
        runbook: "off-hours",
        topicArn: notifyTopicArn,
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
        ...moreThan(0, 300),
      },
      { parent: this },
    );
    alarm(
      `${name}-dropped`,
      {
        summary: "A schedule could not call what it switches, and has given up.",
        runbook: "off-hours",
        topicArn: notifyTopicArn,
        namespace: "AWS/Scheduler",
        metricName: "InvocationDroppedCount",
        dimensions: { ScheduleGroup: name },
        statistic: "Sum",
        ...moreThan(0, 300),
      },
      { parent: this },
    );
  }

  #expiry(name: string, args: EnvironmentScheduleArgs, group: aws.scheduler.ScheduleGroup) {
    const expiry = expiryOf(args.settings);
    if (expiry === undefined) return;
    const { environment, keyArn, notifyTopicArn } = args;
    const role = schedulerRole(
      `${name}-expiry`,
      {
        description: "Tells that the environment's time is up",
        account: args.account,
        statements: [
          ...mayPublish([notifyTopicArn], keyArn, args.account.region),
          { Sid: "Key", Effect: "Allow", Action: "kms:Decrypt", Resource: keyArn },
        ],
      },
      { parent: this },
    );
    this.#schedule(`${name}-expiry`, args, group, `at(${expiry.toISOString().slice(0, 19)})`, "UTC", {
      arn: notifyTopicArn,
      roleArn: role,
      input:
        `The time to live of ${environment} is up (bulwark:schedule.expires). Take it down: npm run teardown -- ${environment}. ` +
        `Keep it: pulumi config set --stack ${environment} --path bulwark:schedule.expires <a later time>`,
    });
  }

  #role(name: string, args: EnvironmentScheduleArgs, functionArn: pulumi.Input<string>) {
    const { instanceArn } = args.database;
    return schedulerRole(
      name,
      {
        description: "Puts the environment to sleep and wakes it",
        account: args.account,
        statements: [
          { Sid: "Switch", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functionArn },
          {
            Sid: "Database",
            Effect: "Allow",
            Action: ["rds:StartDBInstance", "rds:StopDBInstance"],
            Resource: instanceArn,
          },
          { Sid: "Key", Effect: "Allow", Action: "kms:Decrypt", Resource: args.keyArn },
        ],
      },
      { parent: this },
    );
  }
}
