import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { migrationFailed } from "../../app/contract/exit-codes.ts";
import { setCommand } from "../config/errors.ts";
import { placeholders } from "../config/placeholders.ts";
import type { Environment } from "../config/schema.ts";
import { labelsOf, migrationsName, namespace } from "../lib/kubernetes-names.ts";
import { containerEnvironment, type MigrationPodEnvironment } from "./environment.ts";
import { hardenedContainer, hardenedPod, resourcesOf } from "./pod-security.ts";

export interface MigrationsArgs {
  /** `bulwark:workload` of the configuration. */
  settings: Environment["workload"];
  /** The image by digest. */
  image: pulumi.Input<string>;
  /** The container's environment variables. */
  environment: MigrationPodEnvironment;
  /** Who the pod is. */
  serviceAccountName: string;
  /** What has to stand before it runs: database users, identity, network policies, limits. */
  dependsOn: readonly pulumi.Resource[];
}

/** Longest that migrations may take: then they count as failed. */
const deadlineSeconds = 900;
const directory = join(import.meta.dirname, "../../app/migrations");

/**
 * The Job that brings the schema up to the image's version. `pulumi up` waits for it and stops where it fails, with the old
 * version still serving: the Deployment comes after it. A new image or new migrations make a new Job.
 */
export class Migrations extends pulumi.ComponentResource {
  readonly job: kubernetes.batch.v1.Job;

  constructor(name: string, args: MigrationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:Migrations", name, {}, opts);
    const { settings } = args;
    this.job = new kubernetes.batch.v1.Job(
      name,
      {
        metadata: {
          name: `${migrationsName}-${fingerprint(settings.imageDigest, migrationFiles(directory))}`,
          namespace,
          labels: labelsOf(migrationsName),
          // A Job that failed is made anew by the next `pulumi up`, instead of being found failed again.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: {
          // A new association of pod identity "may take several seconds to be effective" (CreatePodIdentityAssociation, EKS
          // API reference), and a pod made before that never gets credentials. Five pods cover two and a half minutes.
          backoffLimit: 4,
          podFailurePolicy: {
            rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [migrationFailed] } }],
          },
          activeDeadlineSeconds: deadlineSeconds,
          template: {
            metadata: { labels: labelsOf(migrationsName) },
            spec: {
              ...hardenedPod,
              serviceAccountName: args.serviceAccountName,
              restartPolicy: "Never",
              containers: [
                {
                  ...hardenedContainer,
                  name: migrationsName,
                  image: args.image,
                  command: ["node", "migrate.mjs", "up"],
                  env: containerEnvironment(args.environment),
                  resources: resourcesOf(settings),
                },
              ],
            },
          },
        },
      },
      {
        parent: this,
        dependsOn: [...args.dependsOn],
        customTimeouts: { create: `${deadlineSeconds + 60}s` },
        ...(placeholders["workload.imageDigest"].pattern.test(settings.imageDigest) && {
          hooks: { beforeCreate: [withoutImage()] },
        }),
      },
    );
    this.registerOutputs();
  }
}

/**
 * Refuses the first pod of an image that nobody pushed, in the preview already. A hook, since the first deployment leaves the
 * workload out by a flag of the engine (`--exclude`), of which a program is not told: there the engine does not ask. Nor does
 * the offline preview, which has no engine.
 */
const withoutImage = (): pulumi.ResourceHook =>
  new pulumi.ResourceHook("workload.imageDigest", refuseWithoutImage, { onDryRun: true });

/** @throws always: what to do before there is an image, and the command that names it */
export function refuseWithoutImage(): never {
  throw new Error(
    "bulwark:workload.imageDigest names no image yet: leave the workload out (README, To AWS), push one, then\n" +
      setCommand(pulumi.getStack(), "workload.imageDigest", `<${placeholders["workload.imageDigest"].what}>`),
  );
}

/** Ten characters that change with the image and with the migrations. */
export function fingerprint(
  imageDigest: string,
  migrations: readonly { name: string; text: string }[],
): string {
  const hash = createHash("sha256").update(imageDigest);
  for (const { name, text } of migrations) hash.update(`\0${name}\0${text}`);
  return hash.digest("hex").slice(0, 10);
}

/** The migrations of this checkout, in the order they run. */
function migrationFiles(folder: string) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}
