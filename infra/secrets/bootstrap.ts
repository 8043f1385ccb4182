import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { codeDigest } from "../lib/bundle.ts";
import { type FunctionSetting, VpcFunction } from "../lib/vpc-function.ts";
import { bootstrapPlan, type DataPlane } from "./functions.ts";

export interface BootstrapArgs {
  /** What the function works on. */
  data: DataPlane;
  /** How the function stands in the network and the account. */
  setting: FunctionSetting;
}

/**
 * Runs the bootstrap function once database and cache stand, and again whenever what it makes may be another: its own code
 * (schemas, users, grants, names and shapes of keys are part of it), a secret, the database, its address, the cache user, the
 * binlogs' retention. It compares before it acts, so a run too many changes nothing.
 */
export class Bootstrap extends pulumi.ComponentResource {
  readonly function: VpcFunction;
  /** What the function said it did, as JSON, without any secret. */
  readonly summary: pulumi.Output<string>;
  /** The run: users can log in and every secret has a value once it is there. */
  readonly run: pulumi.Resource;

  constructor(name: string, { data, setting }: BootstrapArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:Bootstrap", name, {}, opts);
    const plan = bootstrapPlan(data);
    this.function = new VpcFunction(name, { ...setting, ...plan }, { parent: this });
    const invocation = new aws.lambda.Invocation(
      name,
      {
        // By its ARN, which is known once it reaches database and cache.
        functionName: this.function.functionArn,
        input: JSON.stringify({}),
        lifecycleScope: "CREATE_ONLY",
        triggers: {
          code: codeDigest(plan.code),
          binlogRetentionHours: String(data.binlogRetentionHours),
          database: data.database.resourceId,
          // The users' secrets say where the database is.
          address: pulumi.interpolate`${data.database.host}:${data.database.port}`,
          cacheUser: data.cache.userId,
          // A secret that is made anew comes without a value.
          secrets: pulumi.all(Object.values(data.arns)).apply((arns) => arns.join(" ")),
        },
      },
      { parent: this },
    );
    this.run = invocation;
    this.summary = invocation.result;
    this.registerOutputs({ summary: this.summary });
  }
}
