import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Context } from "../state.ts";
import {
  findOwnSecret,
  rotationRules,
  type SecretRecord,
  staged,
  type VersionRecord,
  versionById,
} from "./records.ts";
import { checkRules } from "./schedule.ts";
import { attachStage, pruneVersions } from "./stages.ts";
import { clientRequestToken, secretId } from "./values.ts";
import { requireToken } from "./versions.ts";

/** What Secrets Manager tells the world (through CloudTrail and EventBridge in AWS). Never a value. */
export interface RotationEvent {
  name:
    | "RotationStarted"
    | "RotationSucceeded"
    | "RotationFailed"
    | "TestRotationSucceeded"
    | "TestRotationFailed";
  secretArn: string;
  versionId: string;
  /** The step that failed and what the function said. */
  failure?: { step: string; error: string };
}

export interface RotationHooks {
  /** Runs a Lambda function; a rejection is a function error. */
  invokeFunction(functionName: string, payload: unknown): Promise<unknown>;
  /** Whether the function's policy lets Secrets Manager invoke it. Default: yes. */
  mayInvoke?(functionArn: string): boolean;
  onEvent?(event: RotationEvent): void;
}

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

/**
 * RotateSecret and CancelRotateSecret. A rotation runs in the background, as in AWS: the function gets
 * `{ SecretId: ARN, ClientRequestToken, Step }` four times, the first failure ends the attempt and leaves AWSPENDING on the
 * new version, and until that is gone RotateSecret refuses to begin another (it takes up the unfinished one again).
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export const rotationOperations = (context: Context, hooks: RotationHooks) => {
  const { state, save } = context;
  /** ARN of a secret → the attempt under way. */
  const attempts = new Map<string, Promise<unknown>>();

  const RotateSecret = operation(
    z.object({
      SecretId: secretId,
      ClientRequestToken: clientRequestToken.optional(),
      RotationLambdaARN: z.string().max(2048).optional(),
      RotationRules: rotationRules.optional(),
      RotateImmediately: z.boolean().default(true),
    }),
    (input) => {
      const secret = findOwnSecret(state.secrets, input.SecretId);
      const token = requireToken(input.ClientRequestToken);
      if (input.RotationRules) checkRules(input.RotationRules);
      configure(secret, input, hooks);
      save();
      if (!input.RotateImmediately) {
        begin(secret, () => test(secret, token));
        return { ARN: secret.arn, Name: secret.name };
      }
      const unfinished = pendingVersion(secret);
      if (unfinished) begin(secret, () => rotate(secret, unfinished.id));
      if (unfinished && unfinished.id !== token) {
        throw new AwsError(
          "InvalidRequestException",
          "A previous rotation isn't complete. That rotation will be reattempted.",
        );
      }
      if (!unfinished) {
        refuseUsedToken(secret, token);
        openVersion(secret, token);
        save();
        begin(secret, () => rotate(secret, token));
      }
      return { ARN: secret.arn, Name: secret.name, VersionId: token };
    },
  );

  const CancelRotateSecret = operation(z.object({ SecretId: secretId }), (input) => {
    const secret = findOwnSecret(state.secrets, input.SecretId);
    if (!secret.rotation) {
      throw new AwsError(
        "InvalidRequestException",
        "You can't cancel rotation on a secret that has no rotation configured.",
      );
    }
    secret.rotation.enabled = false;
    save();
    const pending = pendingVersion(secret);
    return { ARN: secret.arn, Name: secret.name, ...(pending ? { VersionId: pending.id } : {}) };
  });

  /** One attempt at a time for each secret. */
  const begin = (secret: SecretRecord, attempt: () => Promise<void>): void => {
    if (attempts.has(secret.arn)) return;
    const work = attempt()
      // Nobody waits for it: a hook or a disk that fails must not end the process.
      .catch((error: unknown) =>
        process.stderr.write(`AWS stand-in: rotation of ${secret.name}: ${String(error)}\n`),
      )
      .finally(() => attempts.delete(secret.arn));
    attempts.set(secret.arn, work);
  };

  const rotate = async (secret: SecretRecord, token: string): Promise<void> => {
    hooks.onEvent?.({ name: "RotationStarted", secretArn: secret.arn, versionId: token });
    for (const step of steps) {
      const error = await runStep(secret, token, step);
      if (error === undefined) continue;
      secret.rotationFailure = { at: Date.now(), step, error };
      save();
      return hooks.onEvent?.({
        name: "RotationFailed",
        secretArn: secret.arn,
        versionId: token,
        failure: { step, error },
      });
    }
    secret.rotatedAt = Date.now();
    secret.changedAt = secret.rotatedAt;
    secret.rotationFailure = undefined;
    save();
    hooks.onEvent?.({ name: "RotationSucceeded", secretArn: secret.arn, versionId: token });
  };

  /** What went wrong in the step, if anything: the function's error, or that it did not do what the step is for. */
  const runStep = async (secret: SecretRecord, token: string, step: string): Promise<string | undefined> => {
    if (!secret.rotation?.enabled) return "the rotation was cancelled";
    try {
      await hooks.invokeFunction(secret.rotation.functionArn, {
        SecretId: secret.arn,
        ClientRequestToken: token,
        Step: step,
      });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const version = versionById(secret, token);
    if (step === "createSecret" && version?.string === undefined && version?.binary === undefined) {
      return "the function returned without putting a value into the pending version";
    }
    if (step === "finishSecret" && staged(secret, "AWSCURRENT") !== version) {
      return "the function returned without moving AWSCURRENT to the pending version";
    }
    return undefined;
  };

  /** RotateImmediately = false: testSecret alone, on a pending version that holds the current value and goes away again. */
  const test = async (secret: SecretRecord, token: string): Promise<void> => {
    const unfinished = pendingVersion(secret);
    if (unfinished || !staged(secret, "AWSCURRENT") || versionById(secret, token)) return;
    const version = openVersion(secret, token);
    const current = staged(secret, "AWSCURRENT");
    Object.assign(version, { string: current?.string, binary: current?.binary });
    const error = await runStep(secret, token, "testSecret");
    secret.versions = secret.versions.filter((other) => other !== version);
    save();
    const outcome = { secretArn: secret.arn, versionId: token };
    if (error === undefined) return hooks.onEvent?.({ name: "TestRotationSucceeded", ...outcome });
    hooks.onEvent?.({ name: "TestRotationFailed", ...outcome, failure: { step: "testSecret", error } });
  };

  /** Resolves when no rotation is under way: so that nothing is left behind on stop. */
  const settled = async (): Promise<void> => void (await Promise.all(attempts.values()));

  return { operations: { RotateSecret, CancelRotateSecret }, settled };
};

const configure = (
  secret: SecretRecord,
  input: {
    RotationLambdaARN?: string | undefined;
    RotationRules?: z.output<typeof rotationRules> | undefined;
  },
  hooks: RotationHooks,
): void => {
  const functionArn = input.RotationLambdaARN ?? secret.rotation?.functionArn;
  if (!functionArn) {
    throw new AwsError(
      "InvalidRequestException",
      "No Lambda rotation function ARN is associated with this secret.",
    );
  }
  if (hooks.mayInvoke && !hooks.mayInvoke(functionArn)) {
    throw new AwsError(
      "AccessDeniedException",
      "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the " +
        "principal secretsmanager.amazonaws.com.",
    );
  }
  secret.rotation = {
    enabled: true,
    functionArn,
    rules: input.RotationRules ?? secret.rotation?.rules ?? {},
  };
};

/** The version of an unfinished rotation: AWSPENDING that is not where AWSCURRENT is. */
const pendingVersion = (secret: SecretRecord): VersionRecord | undefined => {
  const pending = staged(secret, "AWSPENDING");
  return pending && !pending.stages.includes("AWSCURRENT") ? pending : undefined;
};

/** An empty version under AWSPENDING: what the function finds when createSecret begins. */
const openVersion = (secret: SecretRecord, token: string): VersionRecord => {
  const version: VersionRecord = { id: token, stages: [], createdAt: Date.now() };
  secret.versions.push(version);
  attachStage(secret, version, "AWSPENDING");
  pruneVersions(secret);
  return version;
};

const refuseUsedToken = (secret: SecretRecord, token: string): void => {
  if (!versionById(secret, token)) return;
  throw new AwsError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
  );
};
