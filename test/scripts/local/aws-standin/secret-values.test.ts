import { randomUUID } from "node:crypto";
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { withStandin } from "../../../support/index.ts";

const aws = await withStandin();
const client = new SecretsManagerClient(aws.client);

/** A new secret with the value "one"; its id, and the id of that version. */
const secretWithValue = async () => {
  const made = await client.send(
    new CreateSecretCommand({ Name: `test/${randomUUID()}`, SecretString: "one" }),
  );
  return { id: made.ARN ?? "", name: made.Name ?? "", first: made.VersionId ?? "" };
};
const readValue = async (id: string, stage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId: id, VersionStage: stage }))).SecretString;
const stagesOf = async (id: string) =>
  (await client.send(new DescribeSecretCommand({ SecretId: id }))).VersionIdsToStages;
const put = (id: string, value: string, token: string = randomUUID(), stages?: string[]) =>
  client.send(
    new PutSecretValueCommand({
      SecretId: id,
      SecretString: value,
      ClientRequestToken: token,
      VersionStages: stages,
    }),
  );
const move = (id: string, stage: string, from?: string, to?: string) =>
  client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: id,
      VersionStage: stage,
      RemoveFromVersionId: from,
      MoveToVersionId: to,
    }),
  );

describe("S6 stand-in for Secrets Manager: names and values", () => {
  it("finds a secret by name, ARN and partial ARN, and gives the ARN six random characters", async () => {
    const { id, name } = await secretWithValue();
    expect(id).toMatch(
      /^arn:aws:secretsmanager:us-east-1:123456789012:secret:test\/[0-9a-f-]{36}-[A-Za-z0-9]{6}$/,
    );
    expect(await readValue(name)).toBe("one");
    expect(await readValue(id)).toBe("one");
    expect(await readValue(id.slice(0, -7))).toBe("one");
    await expect(readValue(name.slice(0, -1))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("refuses a second secret of the same name and names it may not have", async () => {
    const { name } = await secretWithValue();
    const again = client.send(new CreateSecretCommand({ Name: name, SecretString: "x" }));
    await expect(again).rejects.toMatchObject({ name: "ResourceExistsException" });
    const odd = client.send(new CreateSecretCommand({ Name: "no spaces" }));
    await expect(odd).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("keeps binary values and answers several at once, with an error for each that is missing", async () => {
    const bytes = new Uint8Array([0, 1, 254, 255]);
    const { ARN } = await client.send(
      new CreateSecretCommand({ Name: `test/${randomUUID()}`, SecretBinary: bytes }),
    );
    const batch = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList: [ARN ?? "", "test/missing"] }),
    );
    expect(batch.SecretValues?.[0]?.SecretBinary).toEqual(bytes);
    expect(batch.Errors).toMatchObject([
      { SecretId: "test/missing", ErrorCode: "ResourceNotFoundException" },
    ]);
  });

  it("names the label or version that has no value", async () => {
    const { id, first } = await secretWithValue();
    await expect(readValue(id, "AWSPENDING")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
    const mismatch = client.send(
      new GetSecretValueCommand({ SecretId: id, VersionId: first, VersionStage: "AWSPENDING" }),
    );
    await expect(mismatch).rejects.toMatchObject({ name: "InvalidRequestException" });
  });
});

describe("R1 stand-in for Secrets Manager: versions and staging labels", () => {
  it("moves AWSCURRENT and AWSPREVIOUS when a value is put", async () => {
    const { id, first } = await secretWithValue();
    const second = (await put(id, "two")).VersionId ?? "";
    expect(await stagesOf(id)).toEqual({ [first]: ["AWSPREVIOUS"], [second]: ["AWSCURRENT"] });
    const third = (await put(id, "three")).VersionId ?? "";
    expect(await stagesOf(id)).toEqual({ [second]: ["AWSPREVIOUS"], [third]: ["AWSCURRENT"] });
    const all = await client.send(new ListSecretVersionIdsCommand({ SecretId: id, IncludeDeprecated: true }));
    expect(all.Versions?.map((version) => version.VersionId)).toEqual([first, second, third]);
  });

  it("ignores a repeated put with the same token and value, and refuses another value", async () => {
    const { id, first } = await secretWithValue();
    const token = randomUUID();
    await put(id, "pending", token, ["AWSPENDING"]);
    expect((await put(id, "pending", token, ["AWSPENDING"])).VersionId).toBe(token);
    await expect(put(id, "other", token, ["AWSPENDING"])).rejects.toMatchObject({
      name: "ResourceExistsException",
    });
    expect(await stagesOf(id)).toEqual({ [first]: ["AWSCURRENT"], [token]: ["AWSPENDING"] });
    expect(await readValue(id)).toBe("one");
  });

  it("moves AWSCURRENT only from the version that is named as its holder", async () => {
    const { id, first } = await secretWithValue();
    const token = randomUUID();
    await put(id, "two", token, ["AWSPENDING"]);
    await expect(move(id, "AWSCURRENT", undefined, token)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(`Staging label AWSCURRENT is currently attached to version ${first}`),
    });
    await expect(move(id, "AWSCURRENT", token, token)).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await move(id, "AWSCURRENT", first, token);
    expect(await stagesOf(id)).toEqual({ [first]: ["AWSPREVIOUS"], [token]: ["AWSPENDING", "AWSCURRENT"] });
    await move(id, "AWSPENDING", token);
    expect(await stagesOf(id)).toEqual({ [first]: ["AWSPREVIOUS"], [token]: ["AWSCURRENT"] });
  });

  it("never takes AWSCURRENT away without a new place for it", async () => {
    const { id, first } = await secretWithValue();
    await expect(move(id, "AWSCURRENT", first)).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(move(id, "AWSCURRENT", first, randomUUID())).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("leaves AWSPREVIOUS alone when another label moves", async () => {
    const { id, first } = await secretWithValue();
    const second = (await put(id, "two")).VersionId ?? "";
    await move(id, "release", undefined, second);
    await move(id, "release", second, first);
    expect(await stagesOf(id)).toEqual({ [first]: ["AWSPREVIOUS", "release"], [second]: ["AWSCURRENT"] });
  });
});

describe("R5 stand-in for Secrets Manager: random passwords", () => {
  it("has every kind of character but those excluded, at the asked length", async () => {
    const answer = await client.send(
      new GetRandomPasswordCommand({
        PasswordLength: 40,
        ExcludePunctuation: true,
        ExcludeCharacters: "abc",
      }),
    );
    expect(answer.RandomPassword).toMatch(/^(?=.*[d-z])(?=.*[A-Z])(?=.*\d)[A-Zd-z\d]{40}$/);
    const again = await client.send(new GetRandomPasswordCommand({}));
    expect(again.RandomPassword).toHaveLength(32);
    expect(again.RandomPassword).not.toBe(answer.RandomPassword);
  });
});
