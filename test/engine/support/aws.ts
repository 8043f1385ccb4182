import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Standin, startStandin } from "../../../scripts/local/aws-standin/index.ts";
import { Processes } from "../../../scripts/local/sandbox/processes.ts";
import {
  localCertificates,
  type MysqlServer,
  type RedisServer,
  startMysql,
  startRedis,
  toolsDir,
} from "../../../scripts/local/servers/index.ts";
import { accountId, region } from "./account.ts";
import { startEmulator } from "./emulator.ts";
import { type AwsProxy, startProxy } from "./proxy.ts";
import { Functions } from "./supplements/functions.ts";
import { supplements } from "./supplements/index.ts";

/** AWS as the engine test has it: one address, an emulator behind it, and what must be real beside that. */
export interface LocalAws {
  /** The address of every service. */
  proxy: AwsProxy;
  standin: Standin;
  mysql: MysqlServer;
  redis: RedisServer;
  /** PEM text of the authority that signed the servers' certificates. */
  ca: string;
  /** The variables of an AWS client here. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * Starts all of it below a folder.
 * @param ports what the program gives its database and cache: a server elsewhere would show as drift
 */
export async function startAws(dir: string, ports: { mysql: number; redis: number }): Promise<LocalAws> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    return { ...(await startParts(dir, ports, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  dir: string,
  ports: { mysql: number; redis: number },
  stops: (() => Promise<unknown>)[],
): Promise<Omit<LocalAws, "stop">> {
  const tls = await localCertificates(join(toolsDir, "test-certificates"));
  const mysql = await startMysql({
    dataDir: join(dir, "mysql"),
    port: ports.mysql,
    tls,
    adminUser: "bulwark_admin",
    performanceSchema: true,
  });
  stops.push(() => mysql.stop());
  const redis = await startRedis({ dir: join(dir, "redis"), port: ports.redis, tls });
  stops.push(() => redis.stop());
  const emulator = await startEmulator(dir);
  stops.push(() => emulator.stop());

  const functionsDir = join(dir, "functions");
  mkdirSync(functionsDir);
  const functions = new Functions({
    dir: functionsDir,
    region,
    // They end with their message channel, so there is no list to keep.
    processes: new Processes(() => undefined),
    caFile: tls.caFile,
    endpoint: () => proxy.url,
  });
  stops.push(() => functions.stop());
  const standin = await startStandin({
    region,
    accountId,
    invokeFunction: (name, payload) => functions.invoke(name, payload),
    mayInvoke: (arn) => functions.mayInvoke(arn),
    modifyCacheUser: ({ userName, passwords, accessString }) =>
      redis.setUser({ name: userName, passwords, accessString }),
  });
  stops.push(() => standin.stop());
  const proxy = await startProxy({
    emulatorUrl: emulator.url,
    standinUrl: standin.url,
    supplements: supplements({ standin, mysql, redis, functions }),
  });
  stops.push(() => proxy.stop());
  const env = {
    AWS_ENDPOINT_URL: proxy.url,
    AWS_REGION: region,
    // The emulator takes an access key of twelve digits for the account.
    AWS_ACCESS_KEY_ID: accountId,
    AWS_SECRET_ACCESS_KEY: "engine-test",
  };
  return { proxy, standin, mysql, redis, ca: tls.ca, env };
}
