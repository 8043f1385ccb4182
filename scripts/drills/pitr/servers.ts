import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { schemas } from "../../../app/contract/database-users.ts";
import { migrate } from "../../../app/migrations/runner.ts";
import { createLogging } from "../../../app/platform/logging.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import {
  localCertificates,
  type MysqlServer,
  startMysql,
  temporaryFolder,
} from "../../local/servers/index.ts";
import { type Login, withSession } from "../../ops/database/session.ts";

/** A server of the drill. */
export interface DrillServer {
  server: MysqlServer;
  login: Login;
  uuid: string;
  dataFolder: string;
  caFile: string;
}

/** Two servers, a folder and an age key, all gone afterwards. */
export const withServers = async <Result>(
  work: (drill: { source: DrillServer; target: DrillServer; folder: string; age: AgeKey }) => Promise<Result>,
): Promise<Result> => {
  const folder = temporaryFolder("drill-pitr");
  const started: MysqlServer[] = [];
  try {
    const certificates = await localCertificates(join(folder.path, "certificates"));
    const start = async (name: string, settings: Record<string, string>): Promise<DrillServer> => {
      const home = join(folder.path, name);
      const { ca, cert, key } = certificates;
      const server = await startMysql({
        dataDir: home,
        tls: { ca, cert, key },
        adminPrivileges: ["REPLICATION_SLAVE_ADMIN"],
        settings,
      });
      started.push(server);
      const { host, port, adminUser: username, adminPassword: password } = server;
      const login: Login = { host, port, username, password, authorities: [ca] };
      const [row] = await withSession(login, (session) => session.query("SELECT @@server_uuid AS uuid"));
      return {
        server,
        login,
        uuid: String(row?.uuid),
        dataFolder: join(home, "data"),
        caFile: join(home, "tls", "ca.pem"),
      };
    };
    const source = await start("source", { server_id: "1" });
    // The backup may hold the first transactions of the binlog already: repeating a change must not be an error.
    const target = await start("target", { server_id: "2", replica_exec_mode: "IDEMPOTENT" });
    return await work({ source, target, folder: folder.path, age: await ageKey(folder.path) });
  } finally {
    for (const server of started) await server.kill();
    folder.remove();
  }
};

export interface AgeKey {
  recipient: string;
  identityFile: string;
}

const ageKey = async (folder: string): Promise<AgeKey> => {
  const identity = await generateIdentity();
  const identityFile = join(folder, "identity.txt");
  writeFileSync(identityFile, `${identity}\n`, { mode: 0o600 });
  return { recipient: await identityToRecipient(identity), identityFile };
};

/** The contract's schemas and the application's tables, as the bootstrap and the migrations make them. */
export const prepare = async ({ login }: Pick<DrillServer, "login">): Promise<void> => {
  await withSession(login, async (session) => {
    for (const name of Object.values(schemas)) await session.query(`CREATE DATABASE ${name}`);
  });
  const { logger } = createLogging({ level: "silent", service: "drill", environment: "drill", version: "0" });
  const { host, port, username, password, authorities = [] } = login;
  const credentials = { engine: "mysql" as const, dbname: schemas.data, host, port, username, password };
  await migrate("up", { credentials, trust: createTrust(authorities), logger });
};
