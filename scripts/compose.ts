/**
 * What stands for AWS and its load balancer in app/compose.yaml, a step for each of its services: the sandbox's stand-ins, which
 * here listen for other containers. It runs in the image's stage `standin`, not on a person's machine.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Redis } from "ioredis";
import { cacheUser } from "../app/contract/database-users.ts";
import { ports } from "../app/contract/endpoints.ts";
import { secretName, secretPurposes } from "../app/contract/secrets.ts";
import { handler as bootstrap } from "../infra/functions/bootstrap/handler.ts";
import { secretArnVariables } from "../infra/functions/shared/secret-arns.ts";
import { startStandin } from "./local/aws-standin/index.ts";
import { Balancer } from "./local/sandbox/balancer.ts";
import { localCertificates } from "./local/servers/index.ts";
import { adminUser, setUser, writeServerFiles } from "./local/servers/redis.ts";
import { makeSandboxAccess } from "./ops/user/sandbox-access.ts";

const environment = "compose";
const region = "us-east-1";
/** Volumes: what everybody trusts, what only the servers and their stand-ins read, and what the stand-in of AWS keeps. */
const volumes = { authority: "/authority", servers: "/servers", state: "/state" };
const certificates = `${volumes.servers}/certificates`;
const caFile = `${volumes.authority}/ca.pem`;
const passwordFile = `${volumes.servers}/password`;
const aws = { port: 4566, url: "http://aws:4566" };
const everywhere = "0.0.0.0";

const password = (): string => readFileSync(passwordFile, "utf8");
const connectRedis = (): Redis =>
  new Redis({
    host: "redis",
    username: adminUser,
    password: password(),
    tls: { ca: readFileSync(caFile) },
    lazyConnect: true,
    retryStrategy: () => null,
  });

const steps = {
  /** Certificates, the servers' administrator's password and Redis's configuration; what is there already stays. */
  prepare: async () => {
    const tls = await localCertificates(certificates, ["mysql", "redis"]);
    writeFileSync(caFile, tls.ca);
    if (!existsSync(passwordFile))
      writeFileSync(passwordFile, randomBytes(16).toString("hex"), { mode: 0o600 });
    const folder = `${volumes.servers}/redis`;
    mkdirSync(folder, { recursive: true });
    writeServerFiles(folder, { tls, persistent: true, settings: { bind: everywhere } }, 6379, password());
  },

  /** Secrets Manager, KMS and ElastiCache's users; then the stack's own bootstrap makes users, grants and first values. */
  aws: async () => {
    const standin = await startStandin({
      host: everywhere,
      port: aws.port,
      region,
      stateFile: `${volumes.state}/state.json`,
      modifyCacheUser: async ({ userName: name, passwords, accessString }) => {
        const redis = connectRedis();
        await redis.connect();
        await setUser(redis, { name, passwords, accessString }).finally(() => redis.disconnect());
      },
    });
    endOnSignal(() => standin.stop());
    const names = secretPurposes.map((purpose) => secretName(environment, purpose));
    const { SecretList } = await standin.secrets.ListSecrets({});
    const known = new Set(SecretList.map(({ Name }) => Name));
    for (const Name of names.filter((name) => !known.has(name))) await standin.secrets.CreateSecret({ Name });
    const arns = await Promise.all(names.map((SecretId) => standin.secrets.DescribeSecret({ SecretId })));
    const arnOf = new Map(arns.map(({ Name, ARN }) => [Name, ARN]));
    const master = JSON.stringify({ username: "root", password: password() });
    const { Users } = await standin.cacheUsers.DescribeUsers({});
    const user = { UserId: environment, UserName: cacheUser, Engine: "redis", AccessString: "off ~* -@all" };
    if (Users.length === 0)
      await standin.cacheUsers.CreateUser({ ...user, Passwords: [randomBytes(16).toString("hex")] });
    Object.assign(process.env, {
      ...secretArnVariables(secretPurposes, (purpose) => arnOf.get(secretName(environment, purpose)) ?? ""),
      DB_HOST: "mysql",
      DB_MASTER_SECRET_ARN: standin.putManagedSecret({
        name: "rds!compose",
        owningService: "rds",
        value: master,
      }).ARN,
      CACHE_HOST: "redis",
      CACHE_USER_ID: environment,
    });
    await bootstrap({});
    writeFileSync("/tmp/ready", "");
  },

  /** The load balancer: HTTPS, forwarded to the API as AWS's forwards it. */
  edge: async () => {
    const balancer = new Balancer({
      certificates: await localCertificates(certificates, ["mysql", "redis"]),
      host: everywhere,
      httpsPort: 8443,
      httpPort: 8080,
      targets: () => [{ host: "api", port: ports.http }],
      redirect: () => true,
      sourceAddress: () => everywhere,
    });
    endOnSignal(() => balancer.close(5_000));
    await balancer.listen();
  },

  /** A first admin and an API key, new with each start. */
  admin: async () => {
    const access = await makeSandboxAccess({ stack: environment, region, caFile, urls: { aws: aws.url } });
    const key = `Authorization: Bearer ${access.apiKey}`;
    console.log(
      `Admin: ${access.email}, password ${access.password}\nTry it: curl --cacert ca.pem -H '${key}' https://localhost:8443/v1/bookings`,
    );
  },
} as const;

const endOnSignal = (stop: () => Promise<void>): void => {
  for (const signal of ["SIGTERM", "SIGINT"])
    process.once(signal, () => void stop().then(() => process.exit(0)));
};

const [name = ""] = process.argv.slice(2);
const step = Object.entries(steps).find(([one]) => one === name)?.[1];
if (!step) {
  process.stderr.write(`usage: node scripts/compose.ts ${Object.keys(steps).join("|")}\n`);
  process.exit(2);
}
await step();
