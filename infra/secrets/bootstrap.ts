import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { cacheUser, databaseGrants, databaseUsers, schemas } from "../../app/contract/database-users.ts";
import { bootstrapPlan, type DataPlane } from "./functions.ts";
import { type FunctionSetting, VpcFunction } from "./lambda.ts";

export interface BootstrapArgs {
  data: DataPlane;
  setting: FunctionSetting;
}

/**
 * Runs the bootstrap function once database and cache stand, and again whenever what it makes changes: users, grants, binlog
 * retention, the database or the cache user themselves. It changes nothing that is already right.
 */
export class Bootstrap extends pulumi.ComponentResource {
  readonly function: VpcFunction;
  /** What the function said it did, as JSON, without any secret. */
  readonly summary: pulumi.Output<string>;
  /** The run: users can log in and every secret has a value once it is there. */
  readonly done: pulumi.Resource;

  constructor(name: string, { data, setting }: BootstrapArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:secrets:Bootstrap", name, {}, opts);
    this.function = new VpcFunction(name, { ...setting, ...bootstrapPlan(data) }, { parent: this });
    const invocation = new aws.lambda.Invocation(
      name,
      {
        // By its ARN, which comes only with the doors to database and cache open.
        functionName: this.function.functionArn,
        input: JSON.stringify({}),
        lifecycleScope: "CREATE_ONLY",
        triggers: {
          contract: fingerprint({ cacheUser, databaseGrants, databaseUsers, schemas }),
          binlogRetentionHours: String(data.binlogRetentionHours),
          database: data.database.resourceId,
          cacheUser: data.cache.userId,
        },
      },
      { parent: this },
    );
    this.done = invocation;
    this.summary = invocation.result;
    this.registerOutputs();
  }
}

const fingerprint = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
