import { statSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { startStandin } from "../../../../scripts/local/aws-standin/index.ts";
import { temporaryFolder } from "../../../../scripts/local/servers/index.ts";

const folder = temporaryFolder("standin-state");
afterAll(folder.remove);
const token = "0".repeat(32);

describe("S6 stand-in for AWS: state", () => {
  it("survives a restart in a file that only its owner can read", async () => {
    const stateFile = `${folder.path}/state/aws.json`;
    const first = await startStandin({ stateFile });
    const { ARN } = await first.secrets.CreateSecret({
      Name: "kept",
      ClientRequestToken: token,
      SecretString: "value",
    });
    const { KeyMetadata } = await first.keys.CreateKey({});
    const sealed = await first.keys.Encrypt({ KeyId: KeyMetadata.Arn, Plaintext: "dGV4dA==" });
    await first.stop();
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);

    const second = await startStandin({ stateFile });
    expect(await second.secrets.GetSecretValue({ SecretId: ARN })).toMatchObject({ SecretString: "value" });
    const opened = await second.keys.Decrypt({ CiphertextBlob: sealed.CiphertextBlob });
    expect(opened.Plaintext).toBe("dGV4dA==");
    await second.stop();
    await expect(fetch(`${second.url}/_standin/health`)).rejects.toThrow();
  });

  it("finishes a cache user's change that an earlier run left unfinished", async () => {
    const stateFile = `${folder.path}/unfinished.json`;
    const user = { UserId: "app", UserName: "app", Engine: "redis", AccessString: "on ~* +@all" };
    const first = await startStandin({ stateFile, modifyCacheUser: () => Promise.reject(new Error("down")) });
    await first.cacheUsers.CreateUser({ ...user, Passwords: ["a-good-password-01"] });
    await first.stop();
    const applied = Promise.withResolvers<string>();
    const second = await startStandin({
      stateFile,
      modifyCacheUser: async (change) => applied.resolve(change.userId),
    });
    expect(await applied.promise).toBe("app");
    await second.stop();
  });

  it("says what to do about a state file that cannot be read", async () => {
    const stateFile = `${folder.path}/broken.json`;
    writeFileSync(stateFile, '{"version":1,');
    await expect(startStandin({ stateFile })).rejects.toThrow(
      `The AWS stand-in's state in ${stateFile} cannot be read: remove the file to start without secrets.`,
    );
  });

  it("names the port that is taken and who has it", async () => {
    const first = await startStandin();
    await expect(startStandin({ port: first.port })).rejects.toThrow(
      new RegExp(
        `Port ${first.port} \\(the AWS stand-in\\) is taken( by \\w+ \\(process ${process.pid}\\))?`,
      ),
    );
    await first.stop();
  });
});
