import { RDSClient } from "@aws-sdk/client-rds";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { declare } from "../../cli/declaration.ts";
import type { Console } from "../../cli/progress.ts";
import { oneEnvironment, path } from "../../cli/values.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { type AwsAccess, awsAccess } from "../aws-access.ts";
import { credentialsNote } from "../environment-flags.ts";
import { Engine, type EngineSurroundings } from "../pulumi/engine.ts";
import { type SmokeTarget, smokeFaults } from "../smoke/smoke.ts";
import { inWords } from "../teardown/explain.ts";
import type { ReleaseAccess } from "./release.ts";

const digest = z
  .string()
  .regex(/^([\w./:-]+@)?sha256:[0-9a-f]{64}$/, "an image by its digest: …@sha256:…")
  .transform((typed) => typed.slice(typed.indexOf("sha256:")));

const shared = {
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  notes: credentialsNote,
  stopped: "What was being deployed may be half-way: type the same command again, or npm run rollback.",
  explain: inWords,
} as const;

export const releaseCommand = declare({
  ...shared,
  name: "release",
  summary:
    "Deploys an image: checks first, then migrations and pods, then asks the API; where that fails, the image before goes back by itself.",
  flags: {
    image: { placeholder: "IMAGE", value: digest, description: "which image: …@sha256:…" },
    plan: {
      placeholder: "FILE",
      value: path,
      description: "a plan of pulumi preview --save-plan: exactly that is done",
    },
  },
  conflict: ({ flags: { image } }) =>
    image === undefined ? "Name the image: --image …@sha256:…" : undefined,
  exits: {
    done: "the image is deployed and answers",
    failure: "it does not: the image before is back, or it says why not",
    refused: "nothing was changed: asleep, no backups, or a rotation half-way",
  },
});

export const rollbackCommand = declare({
  ...shared,
  name: "rollback",
  summary: "Deploys the image that was deployed before the present one, and asks the API.",
  flags: {},
  exits: { done: "it is deployed and answers", refused: "nothing was changed: there was no image before" },
});

interface ReleaseSurroundings extends EngineSurroundings {
  console: Console;
  stopped: AbortSignal;
  now(): Date;
  /** How the API is asked, besides where. */
  pace: Pick<SmokeTarget, "waitMs" | "pollMs" | "dispatcher">;
  /** Endpoint and credentials, where they are not the usual ones of the AWS SDK. */
  aws?: Partial<AwsAccess>;
}

/** What a release of an environment works with. */
export function releaseAccess(environment: string, to: ReleaseSurroundings): ReleaseAccess {
  const { config, name } = readProject(to.root, environment);
  const { edge } = parseEnvironment(config, environment);
  const access = { ...awsAccess(config, environment), ...to.aws };
  return {
    environment,
    engine: new Engine(environment, to),
    console: to.console,
    stopped: to.stopped,
    checks: {
      database: new RDSClient(access),
      secrets: new SecretsManagerClient(access),
      environment,
      instance: `${name}-${environment}-database`,
      now: to.now,
    },
    // Without a domain nobody outside can ask; the deployment itself has waited for ready pods.
    faults: async () =>
      edge.domain === undefined ? [] : smokeFaults({ url: `https://${edge.domain}`, ...to.pace }, to.stopped),
  };
}
