import {
  CreateUserCommand,
  DeleteUserCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
  ModifyUserCommand,
} from "@aws-sdk/client-elasticache";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateTopicCommand, ListTopicsCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import { type CacheUserChange, FunctionNotFound } from "../../../../scripts/local/aws-standin/index.ts";
import { eventually, withRedis, withStandin } from "../../../support/index.ts";

const cache = await withRedis();
const applied: CacheUserChange[] = [];
let cacheIsDown = false;
const aws = await withStandin({
  invokeFunction: async (name, payload) => {
    if (name.endsWith("missing")) throw new FunctionNotFound(name);
    if (name.endsWith("broken")) throw new TypeError("it broke");
    return { name, payload };
  },
  modifyCacheUser: async (user) => {
    if (cacheIsDown) throw new Error("no connection");
    await cache.setUser({ name: user.userName, passwords: user.passwords, accessString: user.accessString });
    applied.push(user);
  },
});

describe("R3 stand-in for ElastiCache users", () => {
  const client = new ElastiCacheClient(aws.client);
  const status = async (UserId: string) =>
    (await client.send(new DescribeUsersCommand({ UserId }))).Users?.[0]?.Status;
  const newUser = async (UserId: string) => {
    const user = { UserId, UserName: UserId, Engine: "redis", AccessString: "on ~* +@all" };
    await client.send(new CreateUserCommand({ ...user, Passwords: ["first-password-0001"] }));
    await eventually(async () => expect(await status(UserId)).toBe("active"));
  };

  it("is modifying until the real server takes both passwords, then active", async () => {
    await newUser("app");
    cacheIsDown = true;
    const Passwords = ["second-password-0002", "first-password-0001"];
    const answer = await client.send(
      new ModifyUserCommand({ UserId: "app", AuthenticationMode: { Type: "password", Passwords } }),
    );
    expect(answer).toMatchObject({
      Status: "modifying",
      Authentication: { Type: "password", PasswordCount: 2 },
    });
    const another = client.send(new ModifyUserCommand({ UserId: "app", Passwords }));
    await expect(another).rejects.toMatchObject({ name: "InvalidUserStateFault" });
    cacheIsDown = false;
    await eventually(async () => expect(await status("app")).toBe("active"));
    for (const password of Passwords) {
      expect(await cache.connect({ username: "app", password }).ping()).toBe("PONG");
    }
    expect(applied.at(-1)).toEqual({
      userId: "app",
      userName: "app",
      accessString: "on ~* +@all",
      passwords: Passwords,
    });
  });

  it("is creating until the real server has it, and gone once it is deleted", async () => {
    cacheIsDown = true;
    const making = newUser("passing");
    await eventually(async () => expect(await status("passing")).toBe("creating"));
    cacheIsDown = false;
    await making;
    expect(await client.send(new DeleteUserCommand({ UserId: "passing" }))).toMatchObject({
      Status: "deleting",
    });
    await expect(status("passing")).rejects.toMatchObject({ name: "UserNotFoundFault" });
  });

  it("refuses unknown users, short passwords and a third one", async () => {
    await newUser("other");
    const modify = (UserId: string, Passwords: string[]) =>
      client.send(new ModifyUserCommand({ UserId, Passwords }));
    const good = "a-good-password-01";
    await expect(modify("nobody", [good])).rejects.toMatchObject({ name: "UserNotFoundFault" });
    await expect(modify("other", ["short"])).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    await expect(modify("other", [good, `${good}2`, `${good}3`])).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
  });
});

describe("S6 stand-in for KMS", () => {
  const client = new KMSClient(aws.client);

  it("encrypts under a key of its own, bound to the encryption context", async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: "test" }));
    await client.send(new CreateAliasCommand({ AliasName: "alias/test", TargetKeyId: KeyMetadata?.KeyId }));
    const KeyId = "alias/test";
    const Plaintext = new TextEncoder().encode("a value");
    const EncryptionContext = { purpose: "test" };
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(new TextDecoder().decode(opened.Plaintext)).toBe("a value");
    expect(opened.KeyId).toBe(KeyMetadata?.Arn);
    const elsewhere = client.send(
      new DecryptCommand({ CiphertextBlob, EncryptionContext: { purpose: "other" } }),
    );
    await expect(elsewhere).rejects.toMatchObject({ name: "InvalidCiphertextException" });
  });

  it("makes data keys, describes keys and refuses unknown ones", async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn ?? "";
    const dataKey = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }));
    expect(opened.Plaintext).toEqual(dataKey.Plaintext);
    const described = await client.send(new DescribeKeyCommand({ KeyId }));
    expect(described.KeyMetadata).toMatchObject({ KeyState: "Enabled", KeySpec: "SYMMETRIC_DEFAULT" });
    await expect(client.send(new DescribeKeyCommand({ KeyId: "alias/none" }))).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });
});

describe("S11 stand-in for SNS", () => {
  it("lists topics and remembers what was published to them", async () => {
    const client = new SNSClient(aws.client);
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: "page" }));
    expect((await client.send(new CreateTopicCommand({ Name: "page" }))).TopicArn).toBe(TopicArn);
    expect((await client.send(new ListTopicsCommand())).Topics).toEqual([{ TopicArn }]);
    const Message = "5xx rate <above> 5 % & rising";
    const { MessageId } = await client.send(new PublishCommand({ TopicArn, Subject: "Alarm", Message }));
    expect(aws.messages()).toMatchObject([
      { messageId: MessageId, topicArn: TopicArn, subject: "Alarm", message: Message },
    ]);
    const lost = client.send(new PublishCommand({ TopicArn: `${TopicArn}-none`, Message }));
    await expect(lost).rejects.toMatchObject({ name: "NotFoundException" });
  });
});

describe("S7 stand-in for Lambda", () => {
  const client = new LambdaClient(aws.client);
  const invoke = (FunctionName: string, Payload = "{}") =>
    client.send(new InvokeCommand({ FunctionName, Payload }));
  const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

  it("hands the payload over and the answer back", async () => {
    const answer = await invoke(arn("bootstrap"), '{"a":1}');
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toEqual({
      name: arn("bootstrap"),
      payload: { a: 1 },
    });
  });

  it("reports a function's own failure as Lambda does, and an unknown function by name", async () => {
    const answer = await invoke(arn("broken"));
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    const payload = JSON.parse(answer.Payload?.transformToString() ?? "");
    expect(payload).toEqual({ errorType: "TypeError", errorMessage: "it broke" });
    await expect(invoke(arn("missing"))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("R9 stand-in for AWS: who called what", () => {
  it("tells the caller who it is by its access key", async () => {
    const credentials = { accessKeyId: "api-replica-1", secretAccessKey: "x" };
    const client = new STSClient({ ...aws.client, credentials });
    expect(await client.send(new GetCallerIdentityCommand())).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:iam::123456789012:user/api-replica-1",
    });
  });

  it("records every call with caller and outcome, and no value", async () => {
    const value = "a-value-that-no-log-may-hold";
    await aws.secrets.CreateSecret({
      Name: "logged",
      ClientRequestToken: "0".repeat(32),
      SecretString: value,
    });
    const credentials = { accessKeyId: "reader", secretAccessKey: "x" };
    const client = new SecretsManagerClient({ ...aws.client, credentials });
    await client.send(new GetSecretValueCommand({ SecretId: "logged" }));
    await expect(client.send(new GetSecretValueCommand({ SecretId: "none" }))).rejects.toThrow();
    const calls = aws.requests().filter((call) => call.accessKeyId === "reader");
    expect(calls).toMatchObject([
      { service: "secretsmanager", action: "GetSecretValue", resource: "logged" },
      {
        service: "secretsmanager",
        action: "GetSecretValue",
        resource: "none",
        error: "ResourceNotFoundException",
      },
    ]);
    const served = await (await fetch(`${aws.url}/_standin/requests`)).text();
    expect(served).toContain('"accessKeyId":"reader"');
    expect(served).not.toContain(value);
  });

  it("refuses a request without a signature, and operations it does not know", async () => {
    const headers = {
      "x-amz-target": "secretsmanager.ListSecrets",
      "content-type": "application/x-amz-json-1.1",
    };
    const unsigned = await fetch(aws.url, { method: "POST", headers, body: "{}" });
    expect(unsigned.status).toBe(400);
    expect(await unsigned.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
    const authorization =
      "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/secretsmanager/aws4_request, Signature=0";
    const unknown = await fetch(aws.url, {
      method: "POST",
      headers: { ...headers, authorization, "x-amz-target": "secretsmanager.MakeCoffee" },
      body: "{}",
    });
    expect(await unknown.json()).toMatchObject({ __type: "UnknownOperationException" });
  });
});
