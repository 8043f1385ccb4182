import { randomUUID } from "node:crypto";
import {
  BatchGetSecretValueCommand,
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { withStandin } from "../../../support/index.ts";

const dayMs = 86_400_000;
const step = z.object({ SecretId: z.string(), ClientRequestToken: z.string(), Step: z.string() });
const aws = await withStandin({ invokeFunction: (_, payload) => rotateStep(step.parse(payload)) });
const client = new SecretsManagerClient(aws.client);

/** The least that a rotation function does: it never fetches a value. */
const rotateStep = async ({ SecretId, ClientRequestToken, Step }: z.infer<typeof step>): Promise<void> => {
  if (Step === "createSecret") {
    const value = { SecretString: "new", VersionStages: ["AWSPENDING"] };
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, ...value }));
  }
  if (Step === "finishSecret") {
    const { VersionIdsToStages = {} } = await described(SecretId);
    const [current] =
      Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSCURRENT")) ?? [];
    const move = {
      VersionStage: "AWSCURRENT",
      MoveToVersionId: ClientRequestToken,
      RemoveFromVersionId: current,
    };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, ...move }));
  }
};

const described = (SecretId: string) => client.send(new DescribeSecretCommand({ SecretId }));
const newSecret = async (SecretString?: string): Promise<string> =>
  (await client.send(new CreateSecretCommand({ Name: `test/${randomUUID()}`, SecretString }))).ARN ?? "";
const rotate = async (SecretId: string, ScheduleExpression: string, RotateImmediately = true) => {
  const RotationLambdaARN = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
  const RotationRules = { ScheduleExpression, Duration: "1h" };
  await client.send(
    new RotateSecretCommand({ SecretId, RotationLambdaARN, RotationRules, RotateImmediately }),
  );
  await aws.settled();
};

describe("S6 stand-in for Secrets Manager: when a secret was last fetched", () => {
  it("is left out until somebody fetches a value; looking at the secret is no fetch", async () => {
    const id = await newSecret("value");
    await client.send(new ListSecretsCommand({}));
    expect(await described(id)).not.toHaveProperty("LastAccessedDate");
  });

  it("is the day, without the hour, in UTC", async () => {
    const id = await newSecret("value");
    const before = Math.floor(Date.now() / dayMs) * dayMs;
    await client.send(new GetSecretValueCommand({ SecretId: id }));
    const { LastAccessedDate } = await described(id);
    const after = Math.floor(Date.now() / dayMs) * dayMs;
    expect([before, after]).toContain(LastAccessedDate?.getTime());
  });

  it("counts a fetch of several secrets at once", async () => {
    const id = await newSecret("value");
    await client.send(new BatchGetSecretValueCommand({ SecretIdList: [id] }));
    expect((await described(id)).LastAccessedDate).toBeInstanceOf(Date);
  });

  it("does not count a fetch that found no value", async () => {
    const id = await newSecret();
    await expect(client.send(new GetSecretValueCommand({ SecretId: id }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(await described(id)).not.toHaveProperty("LastAccessedDate");
  });
});

describe("R1 stand-in for Secrets Manager: when a secret was and will be rotated", () => {
  it("says nothing of a secret that does not rotate", async () => {
    const answer = await described(await newSecret("value"));
    for (const member of ["RotationEnabled", "LastRotatedDate", "NextRotationDate"]) {
      expect(answer).not.toHaveProperty(member);
    }
    expect(answer.CreatedDate).toBeInstanceOf(Date);
  });

  it("counts no trial, which comes with a new schedule, as a rotation", async () => {
    const id = await newSecret("value");
    await rotate(id, "cron(0 13 ? * MON *)", false);
    const answer = await described(id);
    expect(answer).toMatchObject({ RotationEnabled: true });
    expect(answer).not.toHaveProperty("LastRotatedDate");
    // The end of Monday's window.
    expect(answer.NextRotationDate?.toISOString()).toMatch(/T14:00:00\.000Z$/);
    expect(answer.NextRotationDate?.getUTCDay()).toBe(1);
  });

  it("leaves the last rotation out of a description, but not of a list, once rotation is switched off", async () => {
    const id = await newSecret("value");
    await rotate(id, "cron(0 13 ? * MON *)");
    const rotated = (await described(id)).LastRotatedDate?.getTime() ?? 0;
    expect(Math.abs(Date.now() - rotated)).toBeLessThan(60_000);
    await client.send(new CancelRotateSecretCommand({ SecretId: id }));
    const answer = await described(id);
    expect(answer.RotationEnabled).toBe(false);
    expect(answer).not.toHaveProperty("LastRotatedDate");
    expect(answer).not.toHaveProperty("NextRotationDate");
    const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
    expect(SecretList.find(({ ARN }) => ARN === id)?.LastRotatedDate?.getTime()).toBe(rotated);
  });
});
