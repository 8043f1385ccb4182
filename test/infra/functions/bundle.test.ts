import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
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
import { temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { withOwnMysql, withRedis } from "../../support/index.ts";
import { withSecrets } from "./secrets.ts";

/** What stands for Lambda's runtime: plain Node, one process per function, one message per invocation. */
const runtime = fileURLToPath(new URL("../../../scripts/local/sandbox/lambda-runtime.mjs", import.meta.url));
const answerSchema = z.object({
  requestId: z.string(),
  result: z.unknown().optional(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
});

const database = await withOwnMysql();
const cache = await withRedis();
const secrets = await withSecrets({
  modifyCacheUser: ({ userName: name, passwords, accessString }) =>
    cache.setUser({ name, passwords, accessString }),
});
const folder = temporaryFolder("bundles");
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder.remove();
});

/** Starts the bundle as Lambda would; what it prints is kept with the log. */
const deploy = async (name: string, environment: Record<string, string>) => {
  const code = (await bundledFunction(name).assets)["index.mjs"];
  if (!(code instanceof pulumi.asset.StringAsset)) throw new Error("the bundle is not one text");
  const home = `${folder.path}/${name}`;
  mkdirSync(home, { recursive: true });
  writeFileSync(`${home}/index.mjs`, await code.text);
  const env = { ...secrets.aws.env, NODE_EXTRA_CA_CERTS: database.caFile, ...environment };
  const child = fork(runtime, [home, "index.handler"], { env, execArgv: [], silent: true });
  children.push(child);
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text) => secrets.lines.push(String(text)));
  return async (event: unknown): Promise<unknown> => {
    const requestId = randomUUID();
    child.send({ requestId, event, deadline: Date.now() + 60_000 });
    for (;;) {
      const [message] = await once(child, "message");
      const { requestId: id, result, error } = answerSchema.parse(message);
      if (id !== requestId) continue;
      if (error) throw new Error(`${error.name}: ${error.message}`);
      return result;
    }
  };
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
    const run = await deploy("rotate-jwt", {});
    // What keeps it warm asks nothing of it.
    expect(await run(keepWarm)).toBeNull();
    await expect(run({})).rejects.toThrow(/Failure: the function's environment is wrong: JWT_SECRET_ARN/);
  });

  it("R6 bootstrap fills a new environment, once", async () => {
    const run = await deploy("bootstrap", environment);
    expect(await run({})).toMatchObject({ changed: true, warnings: [] });
    expect(await run({})).toMatchObject({ changed: false, changes: [] });
    for (const purpose of secretPurposes) {
      expect(secretCatalogue[purpose].schema.safeParse(await secrets.value(arns[purpose])).success).toBe(
        true,
      );
    }
  });

  it("R8 a raised generation rotates every secret through its own function", {
    timeout: 60_000,
  }, async () => {
    for (const [name, purposes] of Object.entries(families)) {
      const run = await deploy(name, environment);
      secrets.functions.set(secrets.functionArn(name), async (event) => void (await run(event)));
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
    const run = await deploy("rotate-all", environment);
    expect(await run({ generation: 1 })).toMatchObject({ rotated: [] });
    const before = await Promise.all(rotatedPurposes.map((purpose) => secrets.labels(arns[purpose])));
    const summary = await run({ generation: 2 });
    expect(summary).toMatchObject({
      rotated: rotatedPurposes.map((secret, index) => ({ secret, from: before[index]?.AWSCURRENT })),
    });
    await expectAllWork();
  });

  it("R6 no process printed anything that was ever secret", () => {
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
