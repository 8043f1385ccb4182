import { randomUUID } from "node:crypto";
import { RotateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "vitest";
import type { RotationFunction } from "../../../infra/functions/rotation/function.ts";
import { makeLog } from "../../../infra/functions/shared/log.ts";
import { makeSecretStore } from "../../../infra/functions/shared/secret-store.ts";
import type { CacheUserChange } from "../../../scripts/local/aws-standin/index.ts";
import { withStandin } from "../../support/index.ts";
import { everSecret as secretsEver } from "../../support/secret-texts.ts";

/** Version ids by their label. */
export type Labels = Readonly<Record<string, string | undefined>>;

/**
 * Secrets Manager with rotation functions that run in this process, a log that is kept, and a look at everything that was ever
 * secret. Call it at the top of a file.
 */
export const withSecrets = async (
  hooks: { modifyCacheUser?: (user: CacheUserChange) => Promise<void> } = {},
) => {
  const functions = new Map<string, RotationFunction>();
  const aws = await withStandin({
    ...hooks,
    invokeFunction: async (name, event) => {
      const run = functions.get(name);
      if (!run) throw new Error(`${name} is held`);
      await run(event);
    },
  });
  const client = new SecretsManagerClient({ ...aws.client, maxAttempts: 1 });
  const lines: string[] = [];
  const log = makeLog("test", (line) => lines.push(line));
  const store = makeSecretStore(client, log);

  const create = async (name: string, value?: unknown): Promise<string> => {
    const SecretString = value === undefined ? undefined : JSON.stringify(value);
    const { ARN } = await aws.secrets.CreateSecret({
      Name: `${name}-${randomUUID().slice(0, 8)}`,
      ClientRequestToken: randomUUID(),
      SecretString,
    });
    return ARN;
  };
  const functionArn = (name: string) => `arn:aws:lambda:${aws.region}:${aws.accountId}:function:${name}`;
  const labels = async (secret: string): Promise<Labels> => {
    const { VersionIdsToStages = {} } = await aws.secrets.DescribeSecret({ SecretId: secret });
    const pairs = Object.entries(VersionIdsToStages).flatMap(([id, names]) =>
      names.map((name) => [name, id]),
    );
    return Object.fromEntries(pairs);
  };
  const value = async (secret: string, stage = "AWSCURRENT"): Promise<unknown> => {
    const { SecretString } = await aws.secrets.GetSecretValue({ SecretId: secret, VersionStage: stage });
    return JSON.parse(SecretString ?? "null");
  };
  /** Asks for a rotation by the named function and waits until the attempt is over. @returns the new version's id. */
  const rotate = async (secret: string, functionName: string, token = randomUUID()): Promise<string> => {
    const RotationLambdaARN = functionArn(functionName);
    await client.send(
      new RotateSecretCommand({ SecretId: secret, ClientRequestToken: token, RotationLambdaARN }),
    );
    await aws.settled();
    return token;
  };
  /** Begins a rotation whose function is held: an empty version under AWSPENDING, for a test that drives the steps itself. */
  const open = (secret: string): Promise<string> => rotate(secret, "held");
  const close = async (secret: string): Promise<void> => {
    const { AWSPENDING: pending, AWSCURRENT: current } = await labels(secret);
    if (!pending || pending === current) return;
    const removal = { VersionStage: "AWSPENDING", RemoveFromVersionId: pending };
    await aws.secrets.UpdateSecretVersionStage({ SecretId: secret, ...removal });
  };

  /** Every text in every version of every secret that nobody may see, and what else was concealed. */
  const everSecret = (): string[] => secretsEver(aws.savedState()).map(({ text }) => text);
  /** Nothing that was ever secret is in the log or in any of `more`. */
  const expectNoLeak = (...more: string[]): void => {
    const secrets = everSecret();
    expect(secrets.length).toBeGreaterThan(0);
    const found = [...lines, ...more].filter((line) => secrets.some((text) => line.includes(text)));
    expect(found).toEqual([]);
  };
  return {
    ...{ aws, client, log, lines, store, functions, functionArn },
    ...{ create, labels, value, rotate, open, close, everSecret, expectNoLeak },
  };
};
export type TestSecrets = Awaited<ReturnType<typeof withSecrets>>;

/** The event of a step, as Secrets Manager sends it. */
export const stepEvent = (secret: string, token: string, step: string) => ({
  SecretId: secret,
  ClientRequestToken: token,
  Step: step,
});

export const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
