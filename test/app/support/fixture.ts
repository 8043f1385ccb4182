import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { afterAll, expect } from "vitest";
import * as z from "zod";
import { type Application, createApplication } from "../../../app/application.ts";
import { type ApiEnvInput, apiEnv } from "../../../app/contract/env.ts";
import { limits } from "../../../app/contract/limits.ts";
import { recordBy } from "../../../app/contract/records.ts";
import type { CacheCredentials, DatabaseCredentials } from "../../../app/contract/secret-values.ts";
import { secretIdVariables, secretName, secretOf, secretsReadBy } from "../../../app/contract/secrets.ts";
import { migrate } from "../../../app/migrations/runner.ts";
import { createLogging, type Logger } from "../../../app/platform/logging.ts";
import { createMetrics, type Metrics } from "../../../app/platform/metrics.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { firstValueOf } from "../../../infra/functions/bootstrap/first-values.ts";
import {
  type TestMysql,
  type TestRedis,
  type TestStandin,
  withMysql,
  withRedis,
  withStandin,
} from "../../support/index.ts";
import { addClient } from "./client.ts";

/** Log lines as objects, in order. */
export type Line = Record<string, unknown>;

/** An API in this process, used with `app.inject`. */
export type TestApi = Application & { metrics: Metrics; lines: Line[]; env: ApiEnvInput };

/** The API and the servers it uses, real: MySQL with the users of the contract's grants, Redis, and Secrets Manager's stand-in. */
export interface ApiFixture {
  mysql: TestMysql;
  redis: TestRedis;
  aws: TestStandin;
  /** Environment of an API here, as a pod would get it; ports 0. */
  env: ApiEnvInput & Record<string, string | undefined>;
  /** Starts an API in this process, closed after the file. */
  start(changes?: Partial<ApiEnvInput>): Promise<TestApi>;
  /** The same, its start-up not finished. */
  create(changes?: Partial<ApiEnvInput>): Promise<TestApi>;
  /** Makes a MySQL user with the application's rights, and returns the login. */
  addUser(name: string, password?: string): Promise<DatabaseCredentials>;
  /** Puts a value into a secret, as a rotation's last step does. */
  putSecret(id: string, value: unknown): Promise<void>;
  login: DatabaseCredentials;
  cacheLogin: CacheCredentials;
  secretIds: { db: string; migrator: string; cache: string; jwt: string; appKeys: string };
}

/** Call it at the top of a file: `const fixture = await withApiFixture();`. */
export async function withApiFixture(options: { migrated?: boolean } = {}): Promise<ApiFixture> {
  const [mysql, redis, aws] = await Promise.all([withMysql(), withRedis(), withStandin()]);
  // For the SDK in this process, which this file has to itself.
  Object.assign(process.env, aws.env);
  const secretIds = {
    db: "bulwark/test/db-app",
    migrator: "bulwark/test/db-migrator",
    cache: "bulwark/test/cache",
    jwt: "bulwark/test/jwt",
    appKeys: "bulwark/test/app-keys",
  };
  const schema = mysql.name("bulwark");
  await mysql.query(`CREATE DATABASE ${schema}`);
  await mysql.query(`CREATE DATABASE ${schema}_audit`);

  const addUser = async (name: string, password = `password-of-${name}-123456`) => {
    const username = mysql.name(name);
    await mysql.query("CREATE USER ?@'%' IDENTIFIED BY ? REQUIRE SSL", [username, password]);
    const grantee = `'${username}'@'%'`;
    await mysql.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO ${grantee}`);
    await mysql.query(`GRANT SELECT, INSERT ON ${schema}_audit.* TO ${grantee}`);
    return credentials(username, password);
  };
  const credentials = (username: string, password: string): DatabaseCredentials => {
    const { host, port } = mysql;
    return { engine: "mysql", host, port, dbname: schema, username, password };
  };
  const putSecret = async (id: string, value: unknown) => {
    const SecretString = JSON.stringify(value);
    const known = await aws.secrets
      .ListSecrets({})
      .then(({ SecretList }) => SecretList.some(({ Name }) => Name === id));
    const ClientRequestToken = randomUUID();
    if (known) await aws.secrets.PutSecretValue({ SecretId: id, SecretString, ClientRequestToken });
    else await aws.secrets.CreateSecret({ Name: id, SecretString, ClientRequestToken });
  };

  const trust = createTrust([mysql.ca, redis.ca]);
  const login = await addUser("app");
  const admin = credentials(mysql.admin.username, mysql.admin.password);
  const cacheLogin = redis.user;
  await putSecret(secretIds.migrator, admin);
  for (const purpose of secretsReadBy("api")) {
    const { rotation } = secretOf(purpose);
    if (rotation.strategy === "mysql-user") await putSecret(secretName("test", purpose), login);
    else if (rotation.strategy === "cache-user") await putSecret(secretName("test", purpose), cacheLogin);
    else await putSecret(secretName("test", purpose), await firstValueOf(rotation));
  }
  if (options.migrated !== false) {
    await migrate("up", { credentials: admin, trust, logger: silent() });
    await addClient(mysql, schema);
  }

  const env = {
    NODE_ENV: "test",
    ENVIRONMENT: "test",
    AWS_REGION: aws.region,
    ...secretIdVariables("api", (purpose) => secretName("test", purpose)),
    HOST: "127.0.0.1",
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port),
    ...recordBy(
      Object.values(limits).filter(({ by }) => by !== "account"),
      ({ variable }) => variable,
      () => "100000",
    ),
    SHUTDOWN_DRAIN_MS: "0",
  } satisfies Partial<ApiEnvInput> as ApiEnvInput;

  // Without Redis's leave the API counts by itself and no test would notice.
  afterAll(async () => expect(await refusals(redis)).toEqual([]));
  const opened: Application[] = [];
  afterAll(async () => {
    for (const { close } of opened.flatMap(({ closing }) => closing)) await close();
  });
  const create = async (changes: Partial<ApiEnvInput> = {}): Promise<TestApi> => {
    const given = { ...env, ...changes };
    const lines: Line[] = [];
    const metrics = createMetrics();
    const parsed = apiEnv.parse(given);
    const { logger } = createLogging({
      level: parsed.LOG_LEVEL,
      service: "bulwark-api",
      environment: parsed.ENVIRONMENT,
      version: parsed.SERVICE_VERSION,
      destination: collect(lines),
    });
    const application = await createApplication({ env: parsed, logger, metrics, trust });
    await application.app.ready();
    opened.push(application);
    return { ...application, metrics, lines, env: given };
  };
  const start = async (changes: Partial<ApiEnvInput> = {}): Promise<TestApi> => {
    const api = await create(changes);
    api.health.start();
    await api.identity.revocations.start();
    return api;
  };
  return { mysql, redis, aws, env, create, start, addUser, putSecret, login, cacheLogin, secretIds };
}

/** What Redis refused the API's user for want of a right (S5). */
const refusals = async (redis: TestRedis): Promise<unknown> => {
  const admin = redis.connect(redis.admin);
  const log = await admin.acl("LOG");
  const entries = z.array(z.array(z.unknown())).parse(log).map(asObject);
  return entries.filter(({ reason }) => reason !== "auth");
};

/** `["reason", "command", …]` as an object. */
const asObject = (flat: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(
    flat.flatMap((name, index) => (index % 2 === 0 ? [[String(name), flat[index + 1]]] : [])),
  );

/** A logger that writes to nobody. */
export const silent = (): Logger =>
  createLogging({
    level: "silent",
    service: "test",
    environment: "test",
    version: "0",
    destination: { write: () => undefined },
  }).logger;

/** Keeps each log line as an object. */
export const collect = (lines: Line[]) =>
  new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      for (const line of String(chunk).split("\n").filter(Boolean)) lines.push(JSON.parse(line));
      done();
    },
  });
