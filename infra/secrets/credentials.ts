import * as pulumi from "@pulumi/pulumi";
import type { SecretPurpose } from "../../app/contract/secrets.ts";
import type { Cache } from "../cache/cache.ts";
import type { StackEnvironment } from "../config/load.ts";
import type { Database } from "../database/database.ts";
import { DeadLetters } from "../lib/dead-letters.ts";
import type { FunctionSetting, VpcFunction } from "../lib/vpc-function.ts";
import { SecretsAudit } from "./audit.ts";
import { Bootstrap } from "./bootstrap.ts";
import { type DataPlane, rotatedArns } from "./functions.ts";
import { KeepWarm } from "./keep-warm.ts";
import { Rotation } from "./rotation.ts";
import { RotationOnDemand } from "./rotation-on-demand.ts";
import { Secrets } from "./secrets.ts";

export interface CredentialsArgs {
  /** The whole configuration: sections of several components decide when secrets rotate. */
  environment: StackEnvironment;
  /** How the functions stand in the network and the account. */
  functions: Omit<FunctionSetting, "deadLetters" | "logRetentionDays">;
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Whose users' passwords are rotated. */
  database: Database;
  /** Whose user's password is rotated. */
  cache: Cache;
  /** KMS key of the secrets. */
  secretsKeyArn: pulumi.Input<string>;
}

/** The secrets of an environment and all that gives them their values: the bootstrap once, rotation from then on. */
export class Credentials extends pulumi.ComponentResource {
  /** ARN of each secret. */
  readonly arns: Record<SecretPurpose, pulumi.Output<string>>;
  /** ARNs of those that rotate. */
  readonly rotatedArns: readonly pulumi.Output<string>[];
  /** What reads a secret depends on it: then every secret has a value, and every user can log in. */
  readonly bootstrapRun: pulumi.Resource;
  /** The first run of the audit: its metrics are there. */
  readonly auditRun: pulumi.Resource;
  /** Bootstrap, rotation, rotate-all and audit: what alarms watch. */
  readonly functions: readonly VpcFunction[];
  readonly deadLetterQueueName: pulumi.Output<string>;
  /** What bootstrap and rotation on demand say they did. */
  readonly bootstrapSummary: pulumi.Output<string>;
  readonly rotationSummary: pulumi.Output<string>;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:Credentials", name, {}, opts);
    const parent = { parent: this };
    const { environment } = args;
    const { account, dataKeyArn } = args.functions;
    const secrets = new Secrets(
      name,
      {
        settings: environment.secrets,
        environment: environment.name,
        account,
        keyArn: args.secretsKeyArn,
      },
      parent,
    );
    const deadLetters = new DeadLetters(`${name}-dead-letters`, { keyArn: dataKeyArn }, parent);
    const logRetentionDays = environment.database.logRetentionDays;
    const setting = { ...args.functions, logRetentionDays, deadLetters };
    const data = dataPlane(args, secrets);
    const bootstrap = new Bootstrap(`${name}-bootstrap`, { data, setting }, parent);
    const rotation = new Rotation(
      name,
      {
        data,
        setting,
        settings: environment.secrets,
        surroundings: { ...environment.database, onHours: environment.schedule?.onHours },
        dependsOn: [bootstrap.run],
      },
      parent,
    );
    const onDemand = new RotationOnDemand(
      `${name}-rotate-all`,
      { data, setting, rotation, generation: environment.rotation.generation },
      parent,
    );
    const { rotationDays, unusedAfterDays } = environment.secrets;
    const limits = { rotationDays, unusedAfterDays, metricNamespace: args.metricNamespace };
    const audit = new SecretsAudit(`${name}-audit`, { data, setting, rotation, limits }, parent);
    // The audit's own schedule keeps that one warm.
    new KeepWarm(
      `${name}-warm`,
      {
        account,
        functions: [bootstrap.function, ...rotation.functions, onDemand.function],
        keyArn: dataKeyArn,
      },
      parent,
    );
    this.arns = secrets.arns;
    this.rotatedArns = rotatedArns(secrets.arns);
    this.bootstrapRun = bootstrap.run;
    this.auditRun = audit.run;
    this.functions = [bootstrap.function, ...rotation.functions, onDemand.function, audit.function];
    this.deadLetterQueueName = deadLetters.queueName;
    this.bootstrapSummary = bootstrap.summary;
    this.rotationSummary = onDemand.summary;
    this.registerOutputs({
      arns: this.arns,
      rotatedArns: this.rotatedArns,
      deadLetterQueueName: this.deadLetterQueueName,
      bootstrapSummary: this.bootstrapSummary,
      rotationSummary: this.rotationSummary,
    });
  }
}

function dataPlane(
  { environment, database, cache, secretsKeyArn }: CredentialsArgs,
  secrets: Secrets,
): DataPlane {
  return {
    database,
    cache,
    arns: secrets.arns,
    secretsKeyArn,
    region: environment.region,
    binlogRetentionHours: environment.database.binlogRetentionHours,
    refreshSeconds: environment.workload.env.SECRETS_REFRESH_SECONDS,
  };
}
