import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { applicationAccess } from "../../../app/contract/cache-access.ts";
import { applicationUser, cacheUser, grantedOn, schemas } from "../../../app/contract/database-users.ts";
import type { ApiEnvInput } from "../../../app/contract/env.ts";
import type {
  CacheCredentials,
  DatabaseCredentials,
  JwtKeySet,
} from "../../../app/contract/secret-values.ts";
import {
  type SecretPurpose,
  secretIdVariables,
  secretName,
  secretOf,
  secretsReadBy,
} from "../../../app/contract/secrets.ts";
import { firstValueOf } from "../../../infra/functions/bootstrap/first-values.ts";
import { firstKeySet } from "../../../infra/functions/rotation/signing-keys.ts";
import { makePassword } from "../../../infra/functions/shared/generate.ts";
import { nodeOptions } from "../../../infra/workload/pod-security.ts";
import { type Standin, startStandin } from "../../local/aws-standin/index.ts";
import {
  localCertificates,
  type MysqlServer,
  startMysql,
  startRedis,
  temporaryFolder,
} from "../../local/servers/index.ts";
import { type Session, withSession } from "../../ops/database/session.ts";
import { prepare } from "../pitr/servers.ts";
import { seedBookings } from "../pitr/writer.ts";
import { addCaller, type Caller, type Credential, credentialsOf } from "./credentials.ts";

/** The servers that a measured API uses, and its environment. */
export interface BenchServers {
  /** For programs and what they print. */
  folder: string;
  /** Of the MySQL server. */
  version: string;
  /** What a pod of the API gets, with production's strictness, and what stands for the network. Ports are missing. */
  environment: Record<string, string>;
  /** What requests carry: one that counts now. */
  credentials: Record<Credential, () => Promise<string>>;
}

const environment = "bench";
/** As production has it. */
const podMemory = "512Mi";

/** Starts MySQL, Redis and the AWS stand-in with migrated schemas, bookings and the API's users; removes all afterwards. */
export const withBenchServers = async <Result>(
  bookings: number,
  work: (servers: BenchServers) => Promise<Result>,
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
    const { login, caller } = await fillDatabase(mysql, ca, bookings);
    const cache = { username: cacheUser, password: makePassword() };
    await redis.setUser({ name: cacheUser, passwords: [cache.password], accessString: applicationAccess });
    const jwt = await putSecrets(aws, login, cache);
    const variables = {
      ...settings,
      AWS_REGION: aws.region,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
      NODE_EXTRA_CA_CERTS: caFile,
      NODE_OPTIONS: nodeOptions(podMemory).join(" "),
      BENCH_LOGIN: JSON.stringify(login),
    };
    return await work({
      folder: folder.path,
      version: mysql.version,
      environment: variables,
      credentials: credentialsOf(environment, caller, jwt),
    });
  } finally {
    for (const stop of started) await stop();
    folder.remove();
  }
};

/** As production has them; the limits are such that the bench does not reach them. */
const settings = {
  NODE_ENV: "production",
  ENVIRONMENT: environment,
  ...secretIdVariables("api", (purpose) => secretName(environment, purpose)),
  HOST: "127.0.0.1",
  PUBLIC_HOST: "api.example.com",
  CORS_ORIGIN: "https://console.example.com",
  TRUSTED_PROXIES: "127.0.0.0/8",
  RATE_LIMIT_MAX: "1000000",
  RATE_LIMIT_STANDARD_MAX: "1000000",
  RATE_LIMIT_LIVE_MAX: "1000000",
  LIVE_SOCKETS_MAX: "100000",
  LIVE_SOCKETS_PER_ADDRESS_MAX: "100000",
  LIVE_SOCKETS_PER_CALLER_MAX: "100000",
} satisfies Partial<ApiEnvInput>;

/** Schemas, tables, bookings, a caller and the application's user. */
const fillDatabase = async (
  { host, port, adminUser: username, adminPassword: password }: MysqlServer,
  ca: string,
  bookings: number,
): Promise<{ login: DatabaseCredentials; caller: Caller }> => {
  const admin = { host, port, username, password, authorities: [ca] };
  const dbname = schemas.data;
  const login = { engine: "mysql" as const, host, port, dbname, username: applicationUser.name };
  const credentials = { ...login, password: makePassword() };
  await prepare({ login: admin });
  return withSession(admin, async (session) => {
    await addUser(session, credentials);
    await seedBookings(session, bookings);
    return { login: credentials, caller: await addCaller(session, environment) };
  });
};

/** @returns the key set that signs access tokens. */
const putSecrets = async (
  { secrets }: Standin,
  login: DatabaseCredentials,
  cache: CacheCredentials,
): Promise<JwtKeySet> => {
  const jwt = await firstKeySet();
  const valueFor = (purpose: SecretPurpose) => {
    const { rotation } = secretOf(purpose);
    if (purpose === "jwt") return jwt;
    if (rotation.strategy === "mysql-user") return login;
    return rotation.strategy === "cache-user" ? cache : firstValueOf(rotation);
  };
  for (const purpose of secretsReadBy("api")) {
    await secrets.CreateSecret({
      Name: secretName(environment, purpose),
      SecretString: JSON.stringify(await valueFor(purpose)),
      ClientRequestToken: randomUUID(),
    });
  }
  return jwt;
};

/** A user with exactly what the contract grants the application. */
const addUser = async (session: Session, { username, password }: DatabaseCredentials): Promise<void> => {
  await session.query(`CREATE USER '${username}'@'%' IDENTIFIED BY '${password}' REQUIRE SSL`);
  for (const grant of applicationUser.grants)
    await session.query(`GRANT ${grant.privileges.join(", ")} ON ${grantedOn(grant)} TO '${username}'@'%'`);
};
