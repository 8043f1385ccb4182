import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { terminal } from "../../../../scripts/cli/progress.ts";
import { Processes } from "../../../../scripts/local/sandbox/processes.ts";
import { StandinKeeper } from "../../../../scripts/local/sandbox/standin.ts";
import { freePort } from "../../../../scripts/local/servers/index.ts";
import { eventually } from "../../../support/index.ts";

const folder = mkdtempSync(join(tmpdir(), "bulwark-standin-"));
const processes = new Processes(() => undefined);
const arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
const invoked: unknown[] = [];
let said = "";
let keeper: StandinKeeper;
beforeAll(async () => {
  keeper = await StandinKeeper.start({
    port: await freePort(),
    stateFile: join(folder, "state.json"),
    region: "us-east-1",
    accountId: "123456789012",
    processes,
    logFile: join(folder, "standin.log"),
    console: terminal((text) => {
      said += text;
    }),
    resetCommand: "reset it",
    youngMs: 0,
    hooks: {
      invokeFunction: async (call) => {
        invoked.push(call);
        throw Object.assign(new Error("the server is away"), { name: "Refusal" });
      },
      modifyCacheUser: async () => undefined,
      rotationEvent: ({ name, failure }) => {
        said += `${name} ${failure?.step} ${failure?.error}\n`;
      },
    },
  });
});
afterAll(async () => {
  await keeper.stop();
  expect(processes.list()).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

const read = async (SecretId: string): Promise<string | undefined> => {
  const client = new SecretsManagerClient({
    region: "us-east-1",
    endpoint: keeper.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
};

describe("R9 S6 the AWS stand-in beside the sandbox", () => {
  test("it holds secrets, and a function is taken for rotation only with its permission", async () => {
    await keeper.operation("secrets", "CreateSecret", {
      Name: "one",
      ClientRequestToken: crypto.randomUUID(),
      SecretString: "first",
    });
    expect(await read("one")).toBe("first");
    const rotate = () =>
      keeper.operation("secrets", "RotateSecret", {
        SecretId: "one",
        ClientRequestToken: crypto.randomUUID(),
        RotationLambdaARN: arn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      });
    await expect(rotate()).rejects.toMatchObject({ name: "AccessDeniedException" });
    await keeper.allow(arn);
    await rotate();
    await eventually(() => expect(said).toContain("RotationFailed createSecret the server is away"));
    expect(invoked).toMatchObject([{ functionName: arn, payload: { Step: "createSecret" } }]);
    expect(await read("one")).toBe("first");
  });

  test("when it dies the sandbox says what follows, and it comes back at the same address with what it held", async () => {
    const managed = await keeper.putManagedSecret({
      name: "rds!db-1",
      owningService: "rds",
      value: "master",
    });
    const [standin] = processes.list();
    process.kill(standin?.pid ?? 0, "SIGKILL");
    await eventually(() => expect(said).toContain("The AWS stand-in died (signal SIGKILL). The API goes on"));
    await eventually(() => expect(said).toContain("The AWS stand-in is back"), 10_000);
    expect(await read(managed)).toBe("master");
  });
});
