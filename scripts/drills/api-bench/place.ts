import { randomUUID } from "node:crypto";
import { join } from "node:path";
import {
  cacheUser,
  databaseGrants,
  databaseUsers,
  grantedOn,
  schemas,
} from "../../../app/contract/database-users.ts";
import type { ApiEnvInput } from "../../../app/contract/env.ts";
import { type DatabaseCredentials, secretName } from "../../../app/contract/secrets.ts";
import { migrate } from "../../../app/migrations/runner.ts";
import { createLogging } from "../../../app/platform/logging.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { applicationAccess } from "../../../infra/cache/access.ts";
import { firstValues } from "../../../infra/functions/rotation/random-values.ts";
import { firstKeySet } from "../../../infra/functions/rotation/signing-keys.ts";
import { makePassword } from "../../../infra/functions/shared/generate.ts";
import { startStandin } from "../../aws-standin/index.ts";
import { type Session, withSession } from "../../database/session.ts";
import { localCertificates, startMysql, startRedis, temporaryFolder } from "../../servers/index.ts";
import { seedBookings } from "../pitr/writer.ts";

/** What the measured servers stand on, and the environment of each. */
export type Place = {
  /** For programs and what they print. */
  folder: string;
  /** Of the MySQL server. */
  version: string;
  /** What a pod of the API gets, with production's strictness, and what stands for the network. Ports are missing. */
  environment: Record<string, string>;
};

const environment = "bench";

/** Starts MySQL, Redis and the AWS stand-in with migrated schemas, so many bookings and the API's users; all gone afterwards. */
export const withPlace = async <Result>(
  bookings: number,
  work: (place: Place) => Promise<Result>,
): Promise<Result> => {
  const folder = temporaryFolder("api-bench");
  const started: (() => Promise<void>)[] = [];
  try {
    const { ca, caFile, cert, key } = await localCertificates(join(folder.path, "certificates"));
    const tls = { ca, cert, key };
    const [mysql, redis, aws] = await Promise.all([
      startMysql({ dataDir: join(folder.path, "mysql"), tls }),
      startRedis({ dir: join(folder.path, "redis"), tls }),
      startStandin(),
    ]);
    started.push(mysql.kill, redis.kill, aws.stop);
    const { host, port, adminUser: username, adminPassword: password } = mysql;
    const admin = { engine: "mysql" as const, host, port, dbname: schemas.data, username, password };
    const login = { ...admin, username: databaseUsers["db-app"], password: makePassword() };
    await withSession({ ...admin, authorities: [ca] }, async (session) => {
      for (const name of Object.values(schemas)) await session.query(`CREATE DATABASE ${name}`);
      await addUser(session, login);
      const { logger } = createLogging({ level: "silent", service: environment, environment, version: "0" });
      await migrate("up", { credentials: admin, trust: createTrust([ca]), logger });
      await seedBookings(session, bookings);
    });
    const cacheLogin = { username: cacheUser, password: makePassword() };
    await redis.setUser({
      name: cacheUser,
      passwords: [cacheLogin.password],
      accessString: applicationAccess,
    });
    const values = {
      "db-app": login,
      cache: cacheLogin,
      jwt: await firstKeySet(),
      "app-keys": firstValues(["cookie", "csrf", "pepper"]),
    };
    for (const [purpose, value] of Object.entries(values))
      await aws.secrets.CreateSecret({
        Name: secretName(environment, purpose as keyof typeof values),
        SecretString: JSON.stringify(value),
        ClientRequestToken: randomUUID(),
      });
    const env: Omit<ApiEnvInput, "PORT"> = {
      NODE_ENV: "production",
      ENVIRONMENT: environment,
      AWS_REGION: aws.region,
      DB_SECRET_ID: secretName(environment, "db-app"),
      CACHE_SECRET_ID: secretName(environment, "cache"),
      JWT_SECRET_ID: secretName(environment, "jwt"),
      APP_KEYS_SECRET_ID: secretName(environment, "app-keys"),
      HOST: "127.0.0.1",
      PUBLIC_HOST: "api.example.com",
      CORS_ORIGIN: "https://console.example.com",
      TRUSTED_PROXIES: "127.0.0.0/8",
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      RATE_LIMIT_MAX: "1000000",
    };
    return await work({
      folder: folder.path,
      version: mysql.version,
      environment: {
        ...(env as Record<string, string>),
        ...{ AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "bench" },
        NODE_EXTRA_CA_CERTS: caFile,
        BENCH_LOGIN: JSON.stringify(login),
      },
    });
  } finally {
    for (const stop of started) await stop();
    folder.remove();
  }
};

/** A user with exactly what the contract grants the application. */
const addUser = async (session: Session, { username, password }: DatabaseCredentials): Promise<void> => {
  await session.query(`CREATE USER '${username}'@'%' IDENTIFIED BY '${password}' REQUIRE SSL`);
  for (const grant of databaseGrants["db-app"])
    await session.query(`GRANT ${grant.privileges.join(", ")} ON ${grantedOn(grant)} TO '${username}'@'%'`);
};
