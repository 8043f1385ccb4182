import { randomUUID } from "node:crypto";
import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import type { RotationEvent } from "../../../../scripts/local/aws-standin/index.ts";
import { withStandin } from "../../../support/index.ts";

const rotationEvent = z.strictObject({
  SecretId: z.string(),
  ClientRequestToken: z.string(),
  Step: z.string(),
});
type Step = z.infer<typeof rotationEvent>;

const steps: Step[] = [];
const events: RotationEvent[] = [];
/** What fails in the function under test: a step's name. */
let failing: string | undefined;
beforeEach(() => {
  steps.length = 0;
  events.length = 0;
  failing = undefined;
});

const aws = await withStandin({
  invokeFunction: (_arn, payload) => rotationFunction(rotationEvent.parse(payload)),
  mayInvoke: (arn) => !arn.endsWith(":forbidden"),
  onEvent: (event) => events.push(event),
});
/** A second AWS, whose functions do nothing and say that all is well. */
const idle = await withStandin({ invokeFunction: async () => undefined });
const client = new SecretsManagerClient(aws.client);
const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:rotate";

/** A rotation function as AWS's templates are: all four steps, through the API. */
const rotationFunction = async (event: Step): Promise<void> => {
  steps.push(event);
  if (event.Step === failing) throw new Error(`${event.Step} went wrong`);
  const { SecretId, ClientRequestToken } = event;
  if (event.Step === "createSecret") {
    const value = { SecretString: `value of ${ClientRequestToken}`, VersionStages: ["AWSPENDING"] };
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, ...value }));
  }
  if (event.Step === "finishSecret") {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    const current = Object.keys(VersionIdsToStages).find((id) =>
      VersionIdsToStages[id]?.includes("AWSCURRENT"),
    );
    const move = {
      VersionStage: "AWSCURRENT",
      MoveToVersionId: ClientRequestToken,
      RemoveFromVersionId: current,
    };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, ...move }));
  }
};

const rules = { ScheduleExpression: "cron(0 3 1 * ? *)", Duration: "2h" };
const newSecret = async (): Promise<string> =>
  (
    await aws.secrets.CreateSecret({
      Name: `test/${randomUUID()}`,
      ClientRequestToken: randomUUID(),
      SecretString: "first",
    })
  ).ARN;
const rotate = (id: string, more: Partial<RotateSecretCommand["input"]> = {}) =>
  client.send(
    new RotateSecretCommand({ SecretId: id, RotationLambdaARN: functionArn, RotationRules: rules, ...more }),
  );
const describeSecret = (id: string) => client.send(new DescribeSecretCommand({ SecretId: id }));
const readValue = async (id: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;

describe("R1 stand-in for Secrets Manager: rotation", () => {
  it("drives the four steps in order with the documented event, and dates the rotation", async () => {
    const id = await newSecret();
    const { VersionId } = await rotate(id);
    await aws.settled();
    expect(steps).toEqual(
      ["createSecret", "setSecret", "testSecret", "finishSecret"].map((Step) => ({
        SecretId: id,
        ClientRequestToken: VersionId,
        Step,
      })),
    );
    expect(await readValue(id)).toBe(`value of ${VersionId}`);
    const described = await describeSecret(id);
    expect(described).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN: functionArn,
      RotationRules: rules,
    });
    expect(described.LastRotatedDate?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(described.NextRotationDate?.toISOString()).toMatch(/-01T05:00:00.000Z$/);
    expect(events.map((event) => event.name)).toEqual(["RotationStarted", "RotationSucceeded"]);
  });

  it("can be rotated again at once: AWSPENDING stays on the current version", async () => {
    const id = await newSecret();
    await rotate(id);
    await aws.settled();
    const { VersionId } = await rotate(id, { RotationRules: undefined, RotationLambdaARN: undefined });
    await aws.settled();
    expect((await describeSecret(id)).VersionIdsToStages?.[VersionId ?? ""]?.toSorted()).toEqual([
      "AWSCURRENT",
      "AWSPENDING",
    ]);
  });

  it.each(["createSecret", "setSecret", "testSecret", "finishSecret"])(
    "R9 leaves the current value alone when %s fails, tells which step failed, and takes the rotation up again",
    async (step) => {
      const id = await newSecret();
      failing = step;
      const { VersionId } = await rotate(id);
      await aws.settled();
      expect(await readValue(id)).toBe("first");
      expect(aws.rotationFailure(id)).toMatchObject({ step, error: `${step} went wrong` });
      expect(events.at(-1)).toMatchObject({
        name: "RotationFailed",
        failure: { step, error: `${step} went wrong` },
      });
      expect((await describeSecret(id)).LastRotatedDate).toBeUndefined();

      failing = undefined;
      await expect(rotate(id)).rejects.toMatchObject({
        name: "InvalidRequestException",
        message: "A previous rotation isn't complete. That rotation will be reattempted.",
      });
      await aws.settled();
      expect(await readValue(id)).toBe(`value of ${VersionId}`);
      expect(aws.rotationFailure(id)).toBeUndefined();
    },
  );

  it("fails a function that reports success without doing the step", async () => {
    const { ARN } = await idle.secrets.CreateSecret({
      Name: "test/idle",
      ClientRequestToken: randomUUID(),
      SecretString: "first",
    });
    const rotation = { RotationLambdaARN: functionArn, RotationRules: rules };
    await idle.secrets.RotateSecret({ SecretId: ARN, ClientRequestToken: randomUUID(), ...rotation });
    await idle.settled();
    expect(idle.rotationFailure(ARN)).toMatchObject({ step: "createSecret" });
  });

  it("with RotateImmediately false runs testSecret alone and leaves no version behind", async () => {
    const id = await newSecret();
    const before = (await describeSecret(id)).VersionIdsToStages;
    await rotate(id, { RotateImmediately: false });
    await aws.settled();
    expect(steps.map((event) => event.Step)).toEqual(["testSecret"]);
    expect((await describeSecret(id)).VersionIdsToStages).toEqual(before);
    expect(events.at(-1)).toMatchObject({ name: "TestRotationSucceeded" });
  });

  it("refuses rotation without a function, without its permission, and with rules that contradict", async () => {
    const id = await newSecret();
    await expect(rotate(id, { RotationLambdaARN: undefined })).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
    await expect(rotate(id, { RotationLambdaARN: `${functionArn}:forbidden` })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const both = { AutomaticallyAfterDays: 30, ScheduleExpression: "rate(30 days)" };
    await expect(rotate(id, { RotationRules: both })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(
      rotate(id, { RotationRules: { ScheduleExpression: "cron(5 3 * * ? *)" } }),
    ).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  it("stops rotating when it is cancelled", async () => {
    const id = await newSecret();
    await rotate(id, { RotateImmediately: false });
    await aws.settled();
    await client.send(new CancelRotateSecretCommand({ SecretId: id }));
    expect(await describeSecret(id)).toMatchObject({ RotationEnabled: false });
    expect((await describeSecret(id)).NextRotationDate).toBeUndefined();
  });
});
