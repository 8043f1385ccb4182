import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type FunctionSetting, VpcFunction } from "../lib/vpc-function.ts";
import { type DataPlane, rotateAllPlan } from "./functions.ts";
import type { Rotation } from "./rotation.ts";

export interface RotationOnDemandArgs {
  /** What the functions work on. */
  data: DataPlane;
  /** How the function stands in the network and the account. */
  setting: FunctionSetting;
  /** The rotations that are started. */
  rotation: Rotation;
  /** `rotation.generation` of the configuration: raising it rotates every secret. The first generation is the bootstrap's. */
  generation: number;
}

/** Rotates every secret, one after the other, each time the configured generation is raised; the deployment waits for it. */
export class RotationOnDemand extends pulumi.ComponentResource {
  readonly function: VpcFunction;
  /** What was rotated, as JSON, without any secret. */
  readonly summary: pulumi.Output<string>;

  constructor(name: string, args: RotationOnDemandArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:RotationOnDemand", name, {}, opts);
    const { rotation, generation } = args;
    const rotationFunctions = rotation.functions.map(({ functionArn }) => functionArn);
    this.function = new VpcFunction(
      name,
      { ...args.setting, ...rotateAllPlan(args.data, rotationFunctions) },
      { parent: this },
    );
    const invocation = new aws.lambda.Invocation(
      name,
      {
        functionName: this.function.functionArn,
        input: JSON.stringify({ generation }),
        lifecycleScope: "CREATE_ONLY",
        triggers: { generation: String(generation) },
      },
      // A secret without its rotation set up cannot be rotated.
      { parent: this, dependsOn: rotation.rotated.map((each) => each.rotation) },
    );
    this.summary = invocation.result;
    this.registerOutputs({ summary: this.summary });
  }
}
