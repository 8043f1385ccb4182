import * as z from "zod";
import type { PlannedResource } from "../../plan/monitor/index.ts";

const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  id: z.string().optional(),
  parent: z.string().optional(),
  protect: z.boolean().default(false),
  retainOnDelete: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
const exportSchema = z.object({
  deployment: z.looseObject({ resources: z.array(resourceSchema).default([]) }).nullish(),
});

/** A resource as the last deployment left it. */
export type StateResource = z.output<typeof resourceSchema>;

/** What Pulumi knows of a stack. */
export class StackState {
  readonly resources: readonly StateResource[];

  /** @param exported what `pulumi stack export` prints */
  constructor(exported: unknown) {
    this.resources = exportSchema.parse(exported).deployment?.resources ?? [];
  }

  /** What exists: no components, which only group, and no providers. */
  get real(): StateResource[] {
    return this.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  }

  all(type: string): StateResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** What lives in the cluster, or on its nodes, and has to leave before it. */
  get inCluster(): StateResource[] {
    return this.real.filter(({ type }) => type.startsWith("kubernetes:") || type === "aws:eks/addon:Addon");
  }

  /** Digest of the image that is deployed; undefined before the first deployment of it. */
  get image(): string | undefined {
    return this.#imageOf(this.pods[0]);
  }

  /** What runs pods of that image. */
  get pods(): StateResource[] {
    return this.all("kubernetes:apps/v1:Deployment").filter((deployment) => this.#imageOf(deployment));
  }

  #imageOf(deployment: StateResource | undefined): string | undefined {
    return /@(sha256:[0-9a-f]{64})/.exec(JSON.stringify(deployment?.inputs ?? {}))?.[1];
  }

  /** The AWS accounts that the resources' ARNs name; one, unless something is very wrong. */
  get accounts(): string[] {
    const arns = this.real.map(({ outputs }) => outputs.arn).filter((arn) => typeof arn === "string");
    return [...new Set(arns.map((arn) => /^arn:[^:]+:[^:]+:[^:]*:(\d{12}):/.exec(arn)?.[1]))].filter(
      (account) => account !== undefined,
    );
  }

  /** The resources as a plan has them, for what counts and prices plans. */
  get asPlanned(): PlannedResource[] {
    // Providers stand beside the stack here, which would hide what it consists of.
    const known = this.resources.filter(({ type }) => !type.startsWith("pulumi:providers:"));
    return known.map(({ urn, type, custom, parent, protect, retainOnDelete, inputs }) => ({
      urn,
      type,
      name: urn.split("::").at(-1) ?? urn,
      inputs,
      ...(parent === undefined ? {} : { parent }),
      component: !custom,
      protect,
      retainOnDelete,
      dependencies: [],
      dependsOn: [],
      ignoreChanges: [],
      replaceOnChanges: [],
      deleteBeforeReplace: false,
      aliases: [],
      additionalSecretOutputs: [],
    }));
  }
}

const historySchema = z.array(
  z.object({
    kind: z.string(),
    message: z.string().default(""),
    result: z.string().optional(),
    config: z.record(z.string(), z.object({ value: z.string().optional() })),
  }),
);
const workloadSchema = z.object({ imageDigest: z.string().optional() });

/** How a deployment says which image it replaces because that was no good. */
export const givenUpMessage = (digest: string): string => `gave up ${digest}`;

/**
 * The images of updates that succeeded, the newest first, without those that were given up after it.
 * @param history what `pulumi stack history --json` prints
 */
export function imagesIn(history: unknown): string[] {
  const givenUp = new Set<string>();
  return historySchema.parse(history).flatMap(({ kind, result, message, config }) => {
    if (kind !== "update" || result !== "succeeded") return [];
    const { imageDigest } = workloadSchema.parse(JSON.parse(config["bulwark:workload"]?.value ?? "{}"));
    const isGood = imageDigest !== undefined && !givenUp.has(givenUpMessage(imageDigest));
    givenUp.add(message);
    return isGood ? [imageDigest] : [];
  });
}
