import { randomUUID } from "node:crypto";
import {
  DescribeSecretCommand,
  InvalidRequestException,
  RotateSecretCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Failure } from "../shared/failure.ts";
import { waitFor } from "../shared/wait.ts";

/** What a rotation changed: version ids only. */
export interface Rotated {
  from: string;
  to: string;
  seconds: number;
}

const usualIntervalMs = 1_000;

/**
 * Rotates one secret and waits until the new version is current. On a new request, Secrets Manager itself resumes a rotation
 * that stopped earlier; then this waits for that one.
 * @throws Failure when the version is not current after `timeoutMs`.
 */
export const rotateAndWait = async (
  client: SecretsManagerClient,
  secret: string,
  timeoutMs: number,
  intervalMs = usualIntervalMs,
): Promise<Rotated> => {
  const started = Date.now();
  const stages = async () => labelsOf(client, secret);
  const from = (await stages()).get("AWSCURRENT");
  if (from === undefined)
    throw new Failure("no-current-value", "it has no value yet; run the bootstrap function");
  const to = await start(client, secret);
  let pending = false;
  const outcome = await waitFor(
    async () => {
      const labels = await stages();
      if (labels.get("AWSCURRENT") === to) return "done";
      // The rotation function drops a version that can't be finished any more. (At first the label may not show yet.)
      if (pending && labels.get("AWSPENDING") !== to) return "dropped";
      pending = labels.get("AWSPENDING") === to;
      return undefined;
    },
    { timeoutMs, intervalMs },
  );
  if (outcome === "done") return { from, to, seconds: Math.round((Date.now() - started) / 100) / 10 };
  const what =
    outcome === "dropped"
      ? `version ${to} was given up`
      : `version ${to} is not the current one after ${Math.round((Date.now() - started) / 1_000)} s`;
  throw new Failure(
    "rotation-incomplete",
    `${what}; the log of its rotation function says why. ${from} goes on working`,
  );
};

/** Which version has which label. */
const labelsOf = async (client: SecretsManagerClient, secret: string): Promise<Map<string, string>> => {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secret }));
  return new Map(
    Object.entries(VersionIdsToStages).flatMap(([version, labels]) =>
      labels.map((label) => [label, version]),
    ),
  );
};

/** @returns the version that is being made. */
const start = async (client: SecretsManagerClient, secret: string): Promise<string> => {
  const token = randomUUID();
  try {
    await client.send(new RotateSecretCommand({ SecretId: secret, ClientRequestToken: token }));
    return token;
  } catch (error) {
    if (!(error instanceof InvalidRequestException)) throw error;
    // "A previous rotation isn't complete. That rotation will be reattempted."
    const labels = await labelsOf(client, secret);
    const pending = labels.get("AWSPENDING");
    if (pending === undefined || pending === labels.get("AWSCURRENT")) throw error;
    return pending;
  }
};
