import { crc32 } from "node:zlib";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, describe, expect, it } from "vitest";
import { startStandin } from "../../scripts/local/aws-standin/index.ts";
import { Processes } from "../../scripts/local/sandbox/processes.ts";
import { temporaryFolder } from "../../scripts/local/servers/index.ts";
import { eventually } from "../support/eventually.ts";
import { jsonOf } from "./support/calls.ts";
import { startProxy } from "./support/proxy.ts";
import { Functions } from "./support/supplements/functions.ts";
import { supplements } from "./support/supplements/index.ts";
import { startUpstream } from "./support/upstream.ts";

const folder = temporaryFolder("proxy");
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const emulator = await startUpstream({
  "lambda POST /2015-03-31/functions": (call) => {
    const { FunctionName } = Object(jsonOf(call));
    return { FunctionName, FunctionArn: arnOf(FunctionName) };
  },
  "lambda POST /2015-03-31/functions/rotate/policy": () => ({ Statement: "{}" }),
  "lambda PUT /2015-03-31/functions/rotate/code": () => ({ FunctionArn: arnOf("rotate") }),
  "lambda DELETE /2015-03-31/functions/rotate": () => "",
});
const functions = new Functions({
  dir: folder.path,
  region: "us-east-1",
  processes: new Processes(() => undefined),
  caFile: "",
  endpoint: () => proxy.url,
});
const standin = await startStandin({
  invokeFunction: (name, payload) => functions.invoke(name, payload),
  mayInvoke: (arn) => functions.mayInvoke(arn),
});
const mysql = { host: "localhost" as const, port: 1, adminUser: "admin", adminPassword: "secret" };
const proxy = await startProxy({
  emulatorUrl: emulator.url,
  standinUrl: standin.url,
  supplements: supplements({ standin, mysql, redis: { port: 2 }, functions }),
});
const settings = {
  endpoint: proxy.url,
  region: "us-east-1",
  credentials: { accessKeyId: "123456789012", secretAccessKey: "test" },
  maxAttempts: 1,
};
const lambda = new LambdaClient(settings);
const secrets = new SecretsManagerClient(settings);

afterAll(async () => {
  lambda.destroy();
  secrets.destroy();
  await functions.stop();
  await standin.stop();
  await proxy.stop();
  folder.remove();
});

/** A zip archive with one file, stored. */
function zipOf(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), content]);
  const central = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x00"),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from("PK\x05\x06"), end]);
}

const echo = (answer: string) =>
  zipOf(
    "index.mjs",
    `export const handler = async (event) => ({ ${answer}, variable: process.env.COLOUR, event });`,
  );

/** Puts the step's value where the next looks for it, as a rotation function does: with the AWS SDK's own protocol. */
const rotating = zipOf(
  "index.mjs",
  `const call = (action, input) => fetch(process.env.AWS_ENDPOINT_URL, { method: "POST", headers: {
     "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager." + action,
     authorization: "AWS4-HMAC-SHA256 Credential=function/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0",
   }, body: JSON.stringify(input) }).then((answer) => answer.json());
   export const handler = async ({ Step, SecretId, ClientRequestToken }) => {
     if (Step === "createSecret") await call("PutSecretValue", { SecretId, ClientRequestToken, SecretString: "second", VersionStages: ["AWSPENDING"] });
     if (Step !== "finishSecret") return;
     const { VersionIdsToStages } = await call("DescribeSecret", { SecretId });
     const [before] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSCURRENT"));
     await call("UpdateSecretVersionStage", { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId: before });
   };`,
);

const make = (name: string, ZipFile: Buffer) =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: "arn:aws:iam::123456789012:role/function",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Timeout: 30,
      Environment: { Variables: { COLOUR: "green" } },
      Code: { ZipFile },
    }),
  );
const invoke = async (FunctionName: string) => {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"a":1}' }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};

describe("S14 the engine test's one address for all of AWS", () => {
  it("sends a call on to the emulator as it is, and its answer back", async () => {
    await expect(lambda.send(new DeleteFunctionCommand({ FunctionName: "unknown" }))).rejects.toThrow();
    expect(emulator.calls.at(-1)).toMatchObject({ service: "lambda", method: "DELETE" });
    expect(proxy.failures()).toContain("lambda DELETE /2015-03-31/functions/unknown → 400");
  });

  it("runs a function's real code, with its environment, and the newest after a change", async () => {
    await make("rotate", echo("version: 1"));
    expect(await invoke("rotate")).toEqual({ version: 1, variable: "green", event: { a: 1 } });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "rotate", ZipFile: echo("version: 2") }));
    expect(await invoke(arnOf("rotate"))).toMatchObject({ version: 2, variable: "green" });
  });

  it("R1 rotates a secret by the four steps of a real function, once its policy lets Secrets Manager in", async () => {
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "rotate", ZipFile: rotating }));
    await secrets.send(new CreateSecretCommand({ Name: "colour", SecretString: "first" }));
    const rotate = () =>
      secrets.send(
        new RotateSecretCommand({
          SecretId: "colour",
          RotationLambdaARN: arnOf("rotate"),
          RotationRules: { AutomaticallyAfterDays: 30 },
        }),
      );
    await expect(rotate()).rejects.toThrow(/invoke|permission/i);
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: "rotate",
        StatementId: "rotation",
        Action: "lambda:InvokeFunction",
        Principal: "secretsmanager.amazonaws.com",
      }),
    );
    await rotate();
    await eventually(async () => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: "colour" }));
      expect(SecretString).toBe("second");
    }, 10_000);
  });

  it("no longer runs a function that is deleted", async () => {
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "rotate" }));
    await expect(invoke("rotate")).rejects.toThrow(/not found/i);
  });
});
