import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, describe, expect, it } from "vitest";
import { terminal } from "../../../../scripts/cli/progress.ts";
import { type StandinHost, startSandboxStandin } from "../../../../scripts/local/sandbox/standin.ts";
import { freePort, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { eventually } from "../../../support/index.ts";

const folder = temporaryFolder("sandbox-standin");
const arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
const invoked: unknown[] = [];
const users: unknown[] = [];
let said = "";
const rotationFunctions = new Set<string>();
const host: StandinHost = {
  functions: new Map([
    [
      arn,
      {
        name: "rotate",
        invoke: async (payload) => {
          invoked.push(payload);
          throw new Error("the server is away");
        },
      },
    ],
  ]),
  rotationFunctions,
  redis: { current: { setUser: async (user) => void users.push(user) } },
  stopping: new AbortController(),
};
const start = (stateFile: string, port: number) =>
  startSandboxStandin({
    port,
    stateFile,
    region: "us-east-1",
    accountId: "123456789012",
    console: terminal((text) => {
      said += text;
    }),
    resetCommand: "npm run reset",
    host: () => host,
  });
const stateFile = join(folder.path, "state.json");
const first = await start(stateFile, await freePort());
afterAll(async () => {
  await first.stop();
  folder.remove();
});

describe("R9 S6 the sandbox's AWS stand-in", () => {
  it("takes a function for rotation only with its permission, runs the sandbox's, and tells what came of it", async () => {
    const { secrets } = first;
    await secrets.CreateSecret({
      Name: "one",
      ClientRequestToken: crypto.randomUUID(),
      SecretString: "value",
    });
    const rotate = () =>
      secrets.RotateSecret({
        SecretId: "one",
        ClientRequestToken: crypto.randomUUID(),
        RotationLambdaARN: arn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      });
    await expect(rotate()).rejects.toMatchObject({ name: "AccessDeniedException" });
    rotationFunctions.add(arn);
    await rotate();
    await eventually(() =>
      expect(said).toContain("one: RotationFailed, in createSecret: the server is away"),
    );
    expect(invoked).toMatchObject([{ Step: "createSecret" }]);
    expect(said).not.toContain("RotationStarted");
  });

  it("changes the users on the sandbox's Redis", async () => {
    const AccessString = "on ~* +@all";
    const Passwords = ["a-password-of-sixteen"];
    await first.cacheUsers.CreateUser({
      ...{ UserId: "id", UserName: "app", Engine: "redis" },
      ...{ AccessString, Passwords },
    });
    await eventually(() =>
      expect(users).toEqual([{ name: "app", passwords: Passwords, accessString: AccessString }]),
    );
  });

  it("holds over a restart what it held, and answers any AWS SDK there", async () => {
    await first.stop();
    const second = await start(stateFile, first.port);
    const client = new SecretsManagerClient({
      region: "us-east-1",
      endpoint: first.url,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    expect((await client.send(new GetSecretValueCommand({ SecretId: "one" }))).SecretString).toBe("value");
    await second.stop();
  });

  it("says how to start afresh when its state is broken", async () => {
    const broken = join(folder.path, "broken.json");
    writeFileSync(broken, "{}");
    await expect(start(broken, await freePort())).rejects.toThrow(
      /^The AWS stand-in did not start: .*broken\.json cannot be read.*start afresh: npm run reset$/s,
    );
  });
});
