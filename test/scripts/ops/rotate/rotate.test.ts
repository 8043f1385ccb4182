import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { terminal } from "../../../../scripts/cli/progress.ts";
import { type Standin, startStandin } from "../../../../scripts/local/aws-standin/index.ts";
import type { RotationAccess } from "../../../../scripts/ops/rotate/access.ts";
import { rotateAll } from "../../../../scripts/ops/rotate/all.ts";
import type { RotateOptions } from "../../../../scripts/ops/rotate/options.ts";
import { rotateSecret } from "../../../../scripts/ops/rotate/rotation.ts";
import { StepLog } from "../../../../scripts/ops/rotate/step-log.ts";

const folder = mkdtempSync(join(tmpdir(), "bulwark-rotate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate-mysql";
const [before, after] = ["first-password-of-the-user", "second-password-of-the-user"];
const credentials = (username: string, password: string) =>
  JSON.stringify({ engine: "mysql", host: "localhost", port: 1, dbname: "bulwark", username, password });

const standins: Standin[] = [];
afterEach(async () => {
  for (const standin of standins.splice(0)) await standin.stop();
});

interface Event {
  SecretId: string;
  ClientRequestToken: string;
  Step: string;
}

/** Secrets Manager with one secret, whose rotation function does a step as told. */
const prepare = async (step: (event: Event, standin: Standin) => void | Promise<void>) => {
  const standin: Standin = await startStandin({
    invokeFunction: async (_, payload) => step(payload as Event, standin),
  });
  standins.push(standin);
  const Name = "bulwark/staging/db-app";
  const token = () => crypto.randomUUID();
  await standin.secrets.CreateSecret({
    Name,
    ClientRequestToken: token(),
    SecretString: credentials("app", before),
  });
  await standin.secrets.RotateSecret({
    SecretId: Name,
    ClientRequestToken: token(),
    RotationLambdaARN: arn,
    RotationRules: { AutomaticallyAfterDays: 30 },
    RotateImmediately: false,
  });
  await standin.settled();
  const log = join(folder, `${token()}.log`);
  const aws = {
    region: "us-east-1",
    endpoint: standin.url,
    credentials: { accessKeyId: "operator", secretAccessKey: "x" },
  };
  const access: RotationAccess = {
    client: new SecretsManagerClient(aws),
    lambda: new LambdaClient(aws),
    where: "the test",
    logFile: () => log,
    logCommand: (name) => `read the log of ${name}`,
  };
  let said = "";
  const console = terminal((text) => {
    said += text;
  });
  const options: RotateOptions = {
    environment: "staging",
    purposes: ["db-app"],
    repair: false,
    local: false,
    stateDir: folder,
    timeoutSeconds: 3,
  };
  const rotate = async (): Promise<string> => {
    await rotateSecret("db-app", options, access, console);
    return said;
  };
  /** What the whole command tells of a failure. */
  const failure = async (): Promise<string> => {
    const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await rotateAll(options, access, console)).toBe(1);
    return String(told.mock.calls.at(-1)?.[0]);
  };
  return { standin, rotate, failure, log };
};

/** What the real rotation functions do, without a server. */
const rotating = async (event: Event, standin: Standin): Promise<void> => {
  const { SecretId, ClientRequestToken } = event;
  if (event.Step === "createSecret") {
    const SecretString = credentials("app_clone", after);
    await standin.secrets.PutSecretValue({
      SecretId,
      ClientRequestToken,
      SecretString,
      VersionStages: ["AWSPENDING"],
    });
  }
  if (event.Step === "finishSecret") {
    const { VersionIdsToStages } = await standin.secrets.DescribeSecret({ SecretId });
    const old = Object.entries(Object(VersionIdsToStages)).find(([, stages]) =>
      String(stages).includes("AWSCURRENT"),
    )?.[0];
    await standin.secrets.UpdateSecretVersionStage({
      ...{
        SecretId,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: ClientRequestToken,
        RemoveFromVersionId: old,
      },
    });
  }
};

describe("R10 a rotation that fails", () => {
  it.each([
    ["works", "", /secret in use is unchanged and goes on working/, /NOT work/],
    [
      "is refused as well",
      "check of db-app failed (current-refused): MySQL refuses it",
      /does NOT work: .*current-refused.*\n.*npm run rotate -- staging --repair/,
      /goes on working/,
    ],
    [
      "cannot be tried",
      "check of db-app failed (unreachable): gone",
      /could not be found out/,
      /goes on working/,
    ],
  ])("says what is true of a secret that %s", async (_, refusal, says, not) => {
    const { rotate } = await prepare((event) => {
      if (Object.hasOwn(event, "Check") ? refusal !== "" : event.Step === "setSecret")
        throw new Error(refusal);
    });
    const said = await rotate().catch((error: unknown) => String(error));
    expect(said).toMatch(says);
    expect(said).not.toMatch(not);
  });
});

describe("R8 rotate on demand", () => {
  it("waits until the new version is current and says what changed, never a value", async () => {
    const { rotate } = await prepare(rotating);
    const said = await rotate();
    expect(said).toMatch(/version\s+AWSPENDING/);
    expect(said).toMatch(/version +[0-9a-f-]{36} → [0-9a-f-]{36}/);
    expect(said).toContain("app → app_clone");
    expect(said).not.toContain(before);
    expect(said).not.toContain(after);
  });

  it("R9 a step that fails is named with its reason, and the secret stays as it is", async () => {
    const { rotate, standin, log } = await prepare((event) => {
      const detail = `${event.Step} of it failed: MySQL answered ER_TOO_BUSY`;
      const line = { message: "rotation step failed", step: event.Step, token: event.ClientRequestToken };
      appendFileSync(
        log,
        `${JSON.stringify({ ...line, reason: "database-error", detail, milliseconds: 5 })}\n`,
      );
      throw new Error(detail);
    });
    await expect(rotate()).rejects.toThrow(
      /createSecret failed \(database-error\): .*ER_TOO_BUSY[\s\S]*unchanged[\s\S]*read the log of rotate-mysql/,
    );
    const { SecretString } = await standin.secrets.GetSecretValue({ SecretId: "bulwark/staging/db-app" });
    expect(SecretString).toBe(credentials("app", before));
  });

  it("R1 an unfinished rotation is taken up again", async () => {
    let broken = true;
    const { rotate, standin } = await prepare(async (event, it) => {
      if (broken && event.Step === "testSecret") throw new Error("not yet");
      await rotating(event, it);
    });
    const impatient = rotate().catch((error: unknown) => String(error));
    expect(await impatient).toContain("not done after 3 s");
    await standin.settled();
    broken = false;
    const said = await rotate();
    expect(said).toContain("an earlier rotation was not finished: it is taken up again");
    expect(said).toContain("app → app_clone");
  });

  it("a MySQL that nobody reaches is not taken for AWS, and AWS that nobody reaches is named", async () => {
    const reason = "connect ECONNREFUSED 127.0.0.1:13306";
    const { failure, standin, log } = await prepare(({ ClientRequestToken: token, Step: step }) => {
      const line = { message: "rotation step failed", step, token, reason: "unreachable", detail: reason };
      appendFileSync(log, `${JSON.stringify(line)}\n`);
      throw new Error(reason);
    });
    const mysql = await failure();
    expect(mysql).toContain(reason);
    expect(mysql).not.toContain("stand-in");
    await standin.stop();
    expect(await failure()).toMatch(/nobody answers in the test .+ is its AWS stand-in alive\?/);
  });

  it("a secret that is not there, or does not rotate, is told so", async () => {
    const { rotate, standin } = await prepare(rotating);
    await standin.secrets.DeleteSecret({
      SecretId: "bulwark/staging/db-app",
      ForceDeleteWithoutRecovery: true,
    });
    await expect(rotate()).rejects.toThrow("there is no secret bulwark/staging/db-app in the test");
    const SecretString = credentials("app", before);
    await standin.secrets.CreateSecret({
      Name: "bulwark/staging/db-app",
      ClientRequestToken: crypto.randomUUID(),
      SecretString,
    });
    await expect(rotate()).rejects.toThrow("has no rotation");
  });

  it("the steps are read from the end of the function's log, also when a line comes in pieces", () => {
    const file = join(folder, "pieces.log");
    const line = (token: string) =>
      JSON.stringify({
        message: "rotation step done",
        step: "setSecret",
        token,
        outcome: "done",
        milliseconds: 1,
      });
    appendFileSync(file, `${line("wanted")}\n`);
    const log = new StepLog(file);
    appendFileSync(file, `not JSON\n${line("other")}\n${line("wanted").slice(0, 20)}`);
    expect(log.next("wanted")).toEqual([]);
    appendFileSync(file, `${line("wanted").slice(20)}\n`);
    expect(log.next("wanted")).toMatchObject([{ step: "setSecret", outcome: "done" }]);
  });
});
