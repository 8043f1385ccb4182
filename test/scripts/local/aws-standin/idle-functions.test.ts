import { randomUUID } from "node:crypto";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepWarm } from "../../../../infra/functions/shared/keep-warm.ts";
import type { RotationEvent } from "../../../../scripts/local/aws-standin/index.ts";
import { withStandin } from "../../../support/index.ts";

const calls: unknown[] = [];
const events: RotationEvent[] = [];
const aws = await withStandin({
  invokeFunction: async (_arn, payload) => void calls.push(payload),
  onEvent: (event) => events.push(event),
});
const lambda = new LambdaClient({ ...aws.client, maxAttempts: 1 });
/** One of its own for each test, for they turn the clock back. */
let functionName: string;
const dayMs = 86_400_000;

const call = (payload: object, InvocationType: "Event" | "RequestResponse" = "RequestResponse") =>
  lambda.send(
    new InvokeCommand({ FunctionName: functionName, InvocationType, Payload: JSON.stringify(payload) }),
  );
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
/** What comes first in a rotation: its function is called with createSecret. */
const rotationFailure = async (): Promise<string | undefined> => {
  const { ARN } = await aws.secrets.CreateSecret({
    Name: `test/${randomUUID()}`,
    ClientRequestToken: randomUUID(),
    SecretString: "first",
  });
  events.length = 0;
  await aws.secrets.RotateSecret({
    SecretId: ARN,
    ClientRequestToken: randomUUID(),
    RotationLambdaARN: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
  });
  await aws.settled();
  return events.find(({ name }) => name === "RotationFailed")?.failure?.error;
};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  functionName = `rotate-${randomUUID()}`;
  await call({});
  calls.length = 0;
});
afterEach(() => void vi.useRealTimers());

describe("R8 functions that rest for weeks", () => {
  it("R8 fail the next call and all within a minute of it, and the rotation that makes them", async () => {
    pass(90 * dayMs);
    expect(await rotationFailure()).toMatch(/its network interfaces are being restored/);
    await expect(call({})).rejects.toMatchObject({
      name: "ResourceNotReadyException",
      $metadata: { httpStatusCode: 502 },
    });
    expect(calls).toEqual([]);
    pass(61_000);
    await call({ ready: true });
    expect(calls).toEqual([{ ready: true }]);
  });

  it("R8 that are called once a week are there at the next rotation", async () => {
    for (let week = 0; week < 13; week += 1) {
      pass(7 * dayMs);
      await call(keepWarm, "Event");
    }
    expect(calls).toHaveLength(13);
    expect(await rotationFailure()).not.toMatch(/network interfaces/);
    expect(calls.at(-1)).toMatchObject({ Step: "createSecret" });
  });
});
