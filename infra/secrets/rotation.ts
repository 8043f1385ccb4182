import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type RotatedPurpose, rotatedPurposes } from "../../app/contract/secrets.ts";
import type { Environment } from "../config/schema.ts";
import {
  checkSchedule,
  rotationSchedule,
  rotationWindow,
  type Surroundings,
} from "../lib/rotation-schedule.ts";
import { type FunctionSetting, VpcFunction } from "../lib/vpc-function.ts";
import { type DataPlane, type Family, families } from "./functions.ts";

export interface RotationArgs {
  /** What the functions work on. */
  data: DataPlane;
  /** How the functions stand in the network and the account. */
  setting: FunctionSetting;
  /** `bulwark:secrets` of the configuration. */
  settings: Environment["secrets"];
  /** When they may happen. */
  surroundings: Surroundings;
  /** The bootstrap: a secret without a first value cannot be rotated. */
  dependsOn: readonly pulumi.Resource[];
}

/** A secret under rotation. */
interface Rotated {
  purpose: RotatedPurpose;
  rotation: aws.secretsmanager.SecretRotation;
}

/**
 * The rotation functions and the schedule of each secret that rotates.
 */
export class Rotation extends pulumi.ComponentResource {
  readonly functions: readonly VpcFunction[];
  readonly rotated: readonly Rotated[];

  constructor(name: string, args: RotationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:Rotation", name, {}, opts);
    const made = families(args.data).map((family) => this.#family(name, family, args));
    this.functions = made.map(({ lambda }) => lambda);
    this.rotated = made.flatMap(({ lambda, permission, purposes }) =>
      purposes.map((purpose) => ({
        purpose,
        rotation: this.#schedule(name, { purpose, lambda, permission }, args),
      })),
    );
    this.#check(name, args.surroundings);
    this.registerOutputs();
  }

  /** Credentials may be changed behind the stack's back: each function tries those of its secrets, and fails where one is refused. */
  #check(name: string, surroundings: Surroundings) {
    const rule = new aws.cloudwatch.EventRule(
      `${name}-check`,
      {
        description: "Checks that the current value of every secret works",
        scheduleExpression: checkSchedule(surroundings),
      },
      { parent: this },
    );
    for (const { functionName, functionArn } of this.functions) {
      const each = `${functionName}-check`;
      const permission = new aws.lambda.Permission(
        each,
        {
          function: functionArn,
          action: "lambda:InvokeFunction",
          principal: "events.amazonaws.com",
          sourceArn: rule.arn,
        },
        { parent: this },
      );
      new aws.cloudwatch.EventTarget(
        each,
        { rule: rule.name, arn: functionArn, input: JSON.stringify({ Check: "current" }) },
        { parent: this, dependsOn: [permission] },
      );
    }
  }

  #family(name: string, { plan, purposes }: Family, { setting }: RotationArgs) {
    const each = `${name}-${plan.code}`;
    const lambda = new VpcFunction(each, { ...setting, ...plan }, { parent: this });
    const permission = new aws.lambda.Permission(
      each,
      {
        function: lambda.functionArn,
        action: "lambda:InvokeFunction",
        principal: "secretsmanager.amazonaws.com",
        sourceAccount: setting.account.accountId,
      },
      { parent: this },
    );
    return { lambda, permission, purposes };
  }

  #schedule(
    name: string,
    {
      purpose,
      lambda,
      permission,
    }: { purpose: RotatedPurpose; lambda: VpcFunction; permission: pulumi.Resource },
    { data, settings, surroundings, dependsOn }: RotationArgs,
  ) {
    return new aws.secretsmanager.SecretRotation(
      `${name}-${purpose}`,
      {
        secretId: data.arns[purpose],
        rotationLambdaArn: lambda.functionArn,
        // The bootstrap has just made the first value.
        rotateImmediately: false,
        rotationRules: {
          scheduleExpression: rotationSchedule(
            settings.rotationDays,
            rotatedPurposes.indexOf(purpose),
            surroundings,
          ),
          duration: rotationWindow,
        },
      },
      // Secrets Manager tries the function when the rotation is set up.
      { parent: this, dependsOn: [permission, ...dependsOn] },
    );
  }
}
