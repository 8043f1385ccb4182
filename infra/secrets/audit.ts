import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { codeDigest } from "../lib/bundle.ts";
import { type FunctionSetting, VpcFunction } from "../lib/vpc-function.ts";
import { type AuditLimits, auditPlan, type DataPlane } from "./functions.ts";
import type { Rotation } from "./rotation.ts";

export interface SecretsAuditArgs {
  /** What the function looks at. */
  data: DataPlane;
  /** How the function stands in the network and the account. */
  setting: FunctionSetting;
  /** The rotations that are audited. */
  rotation: Rotation;
  /** When a secret is overdue or unused. */
  limits: AuditLimits;
}

/** Hours between two audits: what is fixed ends the alarm the same day. */
export const auditEveryHours = 6;

/**
 * Looks several times a day for secrets whose rotation is overdue and for those that nobody fetches any more, and counts both
 * in CloudWatch. Alarms on these metrics ring too when they stop coming.
 */
export class SecretsAudit extends pulumi.ComponentResource {
  readonly function: VpcFunction;
  /** The first run: the metrics are there once it is. */
  readonly run: pulumi.Resource;

  constructor(name: string, args: SecretsAuditArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:SecretsAudit", name, {}, opts);
    const { data, setting, limits } = args;
    const plan = auditPlan(data, limits);
    this.function = new VpcFunction(name, { ...setting, ...plan }, { parent: this });
    this.#schedule(name);
    this.run = new aws.lambda.Invocation(
      name,
      {
        functionName: this.function.functionArn,
        input: JSON.stringify({}),
        lifecycleScope: "CREATE_ONLY",
        triggers: {
          code: codeDigest(plan.code),
          rotationDays: String(limits.rotationDays),
          unusedAfterDays: String(limits.unusedAfterDays),
        },
      },
      // A secret whose rotation is not set up yet would be told as switched off.
      { parent: this, dependsOn: args.rotation.rotated.map(({ rotation }) => rotation) },
    );
    this.registerOutputs();
  }

  #schedule(name: string) {
    const parent = { parent: this };
    const rule = new aws.cloudwatch.EventRule(
      name,
      {
        description: "Looks for overdue and unused secrets",
        scheduleExpression: `rate(${auditEveryHours} hours)`,
      },
      parent,
    );
    const permission = new aws.lambda.Permission(
      name,
      {
        function: this.function.functionArn,
        action: "lambda:InvokeFunction",
        principal: "events.amazonaws.com",
        sourceArn: rule.arn,
      },
      parent,
    );
    new aws.cloudwatch.EventTarget(
      name,
      { rule: rule.name, arn: this.function.functionArn },
      { parent: this, dependsOn: [permission] },
    );
  }
}
