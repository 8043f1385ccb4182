import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, it } from "vitest";
import {
  rotatedPurposes,
  type SecretPurpose,
  secretCatalogue,
  secretPurposes,
  secretsRotatedBy,
} from "../../../app/contract/secrets.ts";
import { nobodyAccess } from "../../../infra/cache/access.ts";
import type { BootstrapEnv } from "../../../infra/functions/bootstrap/env.ts";
import { cacheLogin } from "../../../infra/functions/redis/login.ts";
import { keepWarm } from "../../../infra/functions/shared/keep-warm.ts";
import { secretArnVariables } from "../../../infra/functions/shared/secret-arns.ts";
import { bundledFunction } from "../../../infra/lib/bundle.ts";
import { LambdaFunction } from "../../../scripts/local/sandbox/lambda.ts";
import { Processes } from "../../../scripts/local/sandbox/processes.ts";
import { temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { withOwnMysql, withRedis } from "../../support/index.ts";
import { withSecrets } from "./secrets.ts";

const database = await withOwnMysql();
const cache = await withRedis();
const secrets = await withSecrets({
  modifyCacheUser: ({ userName: name, passwords, accessString }) =>
    cache.setUser({ name, passwords, accessString }),
});
const folder = temporaryFolder("bundles");
const processes = new Processes(() => undefined);
const functions: LambdaFunction[] = [];
afterAll(async () => {
  await Promise.all(functions.map((one) => one.stop(0)));
  folder.remove();
});

/** The bundle as the sandbox runs it, in place of Lambda: a process of plain Node, one invocation after the other. */
const deploy = async (name: string, environment: Record<string, string>): Promise<LambdaFunction> => {
  const code = (await bundledFunction(name).assets)["index.mjs"];
  if (!(code instanceof pulumi.asset.StringAsset)) throw new Error("the bundle is not one text");
  const home = `${folder.path}/${name}`;
  mkdirSync(home, { recursive: true });
  writeFileSync(`${home}/index.mjs`, await code.text);
  const deployed = new LambdaFunction({
    name,
    code: home,
    handler: "index.handler",
    environment: { ...secrets.aws.env, NODE_EXTRA_CA_CERTS: database.caFile, ...environment },
    timeoutSeconds: 60,
    memoryMb: 256,
    logFile: `${home}/log`,
    processes,
  });
  functions.push(deployed);
  return deployed;
};

const { ARN: masterSecret } = secrets.aws.putManagedSecret({
  name: "rds!db-bundles",
  owningService: "rds",
  value: JSON.stringify(database.admin),
});
await secrets.aws.cacheUsers.CreateUser({
  UserId: "bundled-api",
  UserName: "bulwark-app",
  Engine: "redis",
  AccessString: nobodyAccess,
  Passwords: ["creation-time-password"],
});
const arns = Object.fromEntries(
  await Promise.all(secretPurposes.map(async (purpose) => [purpose, await secrets.create(purpose)] as const)),
) as Record<SecretPurpose, string>;
const environment = {
  DB_HOST: database.host,
  DB_PORT: String(database.port),
  DB_MASTER_SECRET_ARN: masterSecret,
  CACHE_HOST: cache.host,
  CACHE_PORT: String(cache.port),
  CACHE_USER_ID: "bundled-api",
  ...secretArnVariables(secretPurposes, (purpose) => arns[purpose]),
} satisfies BootstrapEnv;
const families = {
  "rotate-mysql": secretsRotatedBy("mysql-user"),
  "rotate-cache": secretsRotatedBy("cache-user"),
  "rotate-jwt": secretsRotatedBy("signing-keys"),
  "rotate-random": secretsRotatedBy("random-values"),
};

describe("S7 the functions as Lambda gets them: one file each, run by plain Node", () => {
  it("a wrong environment is reported by name at the first call that asks for something", async () => {
    const rotate = await deploy("rotate-jwt", {});
    // What keeps it warm asks nothing of it.
    expect(await rotate.invoke(keepWarm)).toBeNull();
    await expect(rotate.invoke({})).rejects.toMatchObject({
      name: "Failure",
      message: expect.stringContaining("the function's environment is wrong: JWT_SECRET_ARN"),
    });
  });

  it("R6 bootstrap fills a new environment, once", async () => {
    const bootstrap = await deploy("bootstrap", environment);
    expect(await bootstrap.invoke({})).toMatchObject({ changed: true, warnings: [] });
    expect(await bootstrap.invoke({})).toMatchObject({ changed: false, changes: [] });
    for (const purpose of secretPurposes) {
      expect(secretCatalogue[purpose].schema.safeParse(await secrets.value(arns[purpose])).success).toBe(
        true,
      );
    }
  });

  it("R8 a raised generation rotates every secret through its own function", {
    timeout: 120_000,
  }, async () => {
    for (const [name, purposes] of Object.entries(families)) {
      const rotate = await deploy(name, environment);
      secrets.functions.set(secrets.functionArn(name), async (event) => void (await rotate.invoke(event)));
      for (const purpose of purposes) {
        await secrets.aws.secrets.RotateSecret({
          SecretId: arns[purpose],
          ClientRequestToken: randomUUID(),
          RotationLambdaARN: secrets.functionArn(name),
          RotateImmediately: false,
        });
      }
      await secrets.aws.settled();
    }
    const all = await deploy("rotate-all", environment);
    expect(await all.invoke({ generation: 1 })).toMatchObject({ rotated: [] });
    const before = await Promise.all(rotatedPurposes.map((purpose) => secrets.labels(arns[purpose])));
    const summary = await all.invoke({ generation: 2 });
    expect(summary).toMatchObject({
      rotated: rotatedPurposes.map((secret, index) => ({ secret, from: before[index]?.AWSCURRENT })),
    });
    await expectAllWork();
  });

  it("R6 no process printed anything that was ever secret", () => {
    for (const { logFile } of functions) secrets.lines.push(readFileSync(logFile, "utf8"));
    expect(secrets.lines.join("")).toContain("rotation step done");
    secrets.expectNoLeak();
  });
});

const expectAllWork = async (): Promise<void> => {
  for (const purpose of secretsRotatedBy("mysql-user")) {
    const value = secretCatalogue[purpose].schema.parse(await secrets.value(arns[purpose]));
    expect(value.username).toMatch(/_clone$/);
    (await database.connect(value, value.dbname)).destroy();
  }
  const { username, password } = secretCatalogue.cache.schema.parse(await secrets.value(arns.cache));
  const login = cacheLogin({ host: cache.host, port: cache.port, authorities: [cache.ca] });
  expect(await login(username, password)).toBe("accepted");
  expect(secretCatalogue.jwt.schema.parse(await secrets.value(arns.jwt)).keys).toHaveLength(2);
};
